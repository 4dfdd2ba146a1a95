import { fetchCases } from '../../utils/api'
import { moment, zoneNote } from '../../utils/dates'
import { ApiError } from '../../utils/http'
import { fill, strings } from '../../utils/i18n'
import { CaseItem } from '../../utils/types'

interface Line extends CaseItem { when: string; label: string }

function asLine(item: CaseItem, now: Date): Line {
  const t = strings().cases
  const label = [item.kind_name, item.subject, item.state_name, ...(item.unread ? [t.unread] : [])].join('，')
  return { ...item, when: fill(t.updated, { when: moment(item.updated_at, now) }), label }
}

Page({
  data: {
    t: strings().cases, submit: strings().submit, loading: strings().trouble.loading, lines: [] as Line[], cursor: '', isLoaded: false, isBusy: false, note: '',
    trouble: null as { title: string; detail: string } | null,
  },
  onShow() { return this.refresh() }, // also when coming back from a case, whose unread mark is then gone
  async onPullDownRefresh() {
    await this.refresh()
    wx.stopPullDownRefresh()
  },
  onReachBottom() { return this.more() },
  refresh() { return this.load('') },
  more() { if (this.data.cursor && !this.data.isBusy) return this.load(this.data.cursor) },
  async load(cursor: string) {
    const now = new Date()
    this.setData({ isBusy: true, trouble: null })
    try {
      const page = await fetchCases(cursor)
      const fresh = page.items.map(item => asLine(item, now))
      const known = cursor ? this.data.lines : []
      const lines = [...known, ...fresh.filter(line => !known.some(one => one.number === line.number))] // something new may have moved the pages
      this.setData({ lines, cursor: page.next_cursor ?? '', isLoaded: true, note: zoneNote(now) })
    } catch (error) {
      const { title, detail } = error as ApiError
      this.setData({ trouble: { title, detail } })
    }
    this.setData({ isBusy: false })
  },
  open(event: WechatMiniprogram.TouchEvent) { wx.navigateTo({ url: '/pages/case/case?number=' + encodeURIComponent(event.currentTarget.dataset.number as string) }) },
  toSubmit(event: WechatMiniprogram.TouchEvent) { wx.navigateTo({ url: '/pages/submit/submit?kind=' + event.currentTarget.dataset.kind }) },
})

import { closeAccount, fetchClosure, keepAccount } from '../../utils/api'
import { day, moment } from '../../utils/dates'
import { ApiError } from '../../utils/http'
import { fill, strings } from '../../utils/i18n'
import { newKey } from '../../utils/keys'
import { rememberedSite } from '../../utils/site'
import { Closure, Site } from '../../utils/types'

Page({
  data: {
    t: strings().close, loading: strings().trouble.loading, it: null as Closure | null, running: '', waiting: '', due: [] as string[], choice: '' as '' | 'withdraw' | 'answer_first', isRead: false,
    error: '', isBusy: false, isKept: false, site: null as Site | null, trouble: null as { title: string; detail: string } | null,
  },
  onLoad() {
    this.setData({ site: rememberedSite() })
    return this.load()
  },
  async load() {
    try { this.draw(await fetchClosure()) } catch (error) { this.failed(error as ApiError) }
  },
  draw(it: Closure) {
    const t = strings().close
    this.setData({
      it, trouble: null, running: it.due_at ? fill(t.runningText, { when: moment(it.due_at, new Date()) }) : '',
      waiting: it.waiting.length ? fill(t.waiting, { n: it.waiting.length }) : '', due: it.waiting.map(one => day(one.answer_by)),
    })
  },
  failed({ title, detail }: ApiError) { this.setData({ trouble: { title, detail } }) },
  pick(event: WechatMiniprogram.TouchEvent) { this.setData({ choice: event.currentTarget.dataset.choice as 'withdraw' | 'answer_first', error: '' }) },
  read() { this.setData({ isRead: !this.data.isRead, error: '' }) },
  toCopy() { wx.navigateTo({ url: '/pages/mydata/mydata' }) },
  async close() {
    const t = strings().close
    const { it, choice, isRead, isBusy } = this.data
    if (isBusy || !it) return
    if (it.waiting.length && !choice) { this.setData({ error: t.choose }); return }
    if (!isRead) { this.setData({ error: t.must }); return }
    const { confirm } = await wx.showModal({ title: t.askTitle, content: t.askText, confirmText: t.askYes, cancelText: t.askNo })
    if (!confirm) return
    this.setData({ isBusy: true, isKept: false })
    try { this.draw(await closeAccount(choice || null, newKey())) } catch (error) { this.failed(error as ApiError) }
    this.setData({ isBusy: false, isRead: false })
  },
  async keep() {
    if (this.data.isBusy) return
    this.setData({ isBusy: true })
    try {
      await keepAccount()
      this.setData({ isKept: true, choice: '' })
      await this.load()
    } catch (error) { this.failed(error as ApiError) }
    this.setData({ isBusy: false })
  },
})

import { fetchAgreements, sayAgreement } from '../../utils/api'
import { moment } from '../../utils/dates'
import { ApiError } from '../../utils/http'
import { fill, strings } from '../../utils/i18n'
import { newKey } from '../../utils/keys'
import { rememberedSite } from '../../utils/site'
import { Agreement, AgreementEntry, Site } from '../../utils/types'

interface Shown extends Agreement { when: string; button: string }
interface Past extends AgreementEntry { when: string; words: string }

function drawn(one: Agreement): Shown {
  const t = strings().agreements
  return { ...one, when: one.since ? moment(one.since, new Date()) : one.state === 'presumed' && one.may_change ? t.never : '', button: one.allowed ? t.withdraw : t.agree }
}

Page({
  data: {
    t: strings().agreements, loading: strings().trouble.loading, items: [] as Shown[], history: [] as Past[], isHistoryOpen: false, busy: '', site: null as Site | null,
    trouble: null as { title: string; detail: string } | null, isLoaded: false,
  },
  onLoad() {
    this.setData({ site: rememberedSite() })
    return this.load()
  },
  async load() {
    const t = strings().agreements
    try {
      const { items, history } = await fetchAgreements()
      const past = history.map(one => ({ ...one, when: moment(one.at, new Date()), words: `${one.given ? t.gave : t.took}：${one.name}` }))
      this.setData({ items: items.map(drawn), history: past, trouble: null, isLoaded: true })
    } catch (error) { this.failed(error as ApiError) }
  },
  failed({ title, detail }: ApiError) { this.setData({ trouble: { title, detail } }) },
  async change(event: WechatMiniprogram.TouchEvent) {
    const t = strings().agreements
    const one = this.data.items[event.currentTarget.dataset.index as number]
    if (this.data.busy) return
    if (one.allowed) { // what it means is told before, not asked why
      const { confirm } = await wx.showModal({ title: fill(t.askTitle, { name: one.name }), content: one.ending, confirmText: t.askYes, cancelText: t.askNo })
      if (!confirm) return
    }
    this.setData({ busy: one.purpose, trouble: null })
    try {
      const now = await sayAgreement(one, !one.allowed, newKey())
      wx.showToast({ title: now.allowed ? t.given : t.withdrawn, icon: 'success' })
      await this.load()
    } catch (error) { this.failed(error as ApiError) }
    this.setData({ busy: '' })
  },
  toggleHistory() { this.setData({ isHistoryOpen: !this.data.isHistoryOpen }) },
  toClose() { wx.navigateTo({ url: '/pages/close/close' }) },
})

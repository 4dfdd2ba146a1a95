import { fetchLetter, fetchPhoto, replyToLetter } from '../../utils/api'
import { moment } from '../../utils/dates'
import { ApiError } from '../../utils/http'
import { fill, strings } from '../../utils/i18n'
import { newKey } from '../../utils/keys'
import { Letter, LetterReply } from '../../utils/types'

const MOST = 1000
const draftOf = (code: string) => 'letter-draft-' + code

interface Draft { key: string; words: string; mayFeature: boolean }
interface Shown extends LetterReply { when: string }

Page({
  data: {
    t: strings().letters, loading: strings().trouble.loading, most: MOST, code: '', it: null as Letter | null, from: '', paths: [] as string[], mine: [] as Shown[],
    draft: { key: newKey(), words: '', mayFeature: false } as Draft, error: '', isBusy: false, trouble: null as { title: string; detail: string } | null,
    sendTrouble: null as { title: string; detail: string } | null,
  },
  onLoad(query: { code?: string }) {
    const code = query.code ?? ''
    const kept = wx.getStorageSync(draftOf(code)) as Draft | ''
    this.setData({ code, ...(kept ? { draft: kept } : {}) })
    return this.load()
  },
  async load() {
    const t = strings().letters
    try {
      const it = await fetchLetter(this.data.code)
      this.setData({ it, from: fill(t.from, { county: it.from }), mine: this.shown(it.mine), trouble: null })
      wx.setNavigationBarTitle({ title: it.festival })
      await this.loadPhotos(it)
    } catch (error) {
      const { status, title, detail } = error as ApiError
      this.setData({ trouble: status === 404 ? { title: t.missing, detail: t.missingHint } : { title, detail } })
    }
  },
  shown(replies: LetterReply[]): Shown[] {
    const now = new Date()
    return replies.map(one => ({ ...one, when: moment(one.at, now) }))
  },
  /** One after the other: what stands at the top is there first. A photo that cannot be had leaves its place empty. */
  async loadPhotos(it: Letter) {
    for (const [i, photo] of it.photos.entries()) {
      this.setData({ [`paths[${i}]`]: await fetchPhoto('', photo.url).catch(() => '') })
    }
  },
  preview(event: WechatMiniprogram.TouchEvent) {
    wx.previewImage({ urls: this.data.paths.filter(Boolean), current: event.currentTarget.dataset.path as string })
  },
  copy(event: WechatMiniprogram.TouchEvent) {
    wx.setClipboardData({ data: event.currentTarget.dataset.url as string, success: () => wx.showToast({ title: strings().letters.copied, icon: 'none' }) })
  },
  put(values: Partial<Draft>) {
    const draft = { ...this.data.draft, ...values }
    this.setData({ draft, error: '' })
    wx.setStorageSync(draftOf(this.data.code), draft)
  },
  onText(event: WechatMiniprogram.Input) { this.put({ words: event.detail.value }) },
  toggle() { this.put({ mayFeature: !this.data.draft.mayFeature }) },
  async send() {
    const { code, draft, isBusy } = this.data
    if (isBusy) return
    if (!draft.words.trim()) return this.setData({ error: strings().letters.short })
    this.setData({ isBusy: true, sendTrouble: null })
    try {
      const reply = await replyToLetter(code, draft.words, draft.mayFeature, draft.key)
      wx.removeStorageSync(draftOf(code))
      this.setData({ mine: [...this.shown([reply]), ...this.data.mine], draft: { key: newKey(), words: '', mayFeature: false } })
      wx.showToast({ title: strings().letters.sent, icon: 'success' })
    } catch (error) {
      const { title, detail } = error as ApiError
      this.setData({ sendTrouble: { title, detail } }) // the words stay, and the key with them: sent twice, it is one letter
    }
    this.setData({ isBusy: false })
  },
})

import { fetchCase, fetchPhoto, supplementCase } from '../../utils/api'
import { day, moment } from '../../utils/dates'
import { dropSupplement, emptySupplement, loadSupplement, Photo, saveSupplement, SupplementDraft } from '../../utils/draft'
import { ApiError } from '../../utils/http'
import { fill, strings } from '../../utils/i18n'
import { newKey } from '../../utils/keys'
import { loadSite, rememberedSite } from '../../utils/site'
import { askToNotify, reportConsent } from '../../utils/subscription'
import { Case, Site } from '../../utils/types'
import { checkSupplement, LIMITS } from '../../utils/validate'

interface Picture { id: string; path: string; label: string; isMissing: boolean }

Page({
  data: {
    t: strings().case, loading: strings().trouble.loading, limits: LIMITS, number: '', isFresh: false, item: null as Case | null, site: null as Site | null, submitted: '', answerBy: '',
    pictures: [] as Picture[], missing: strings().photos.missing, trouble: null as { title: string; detail: string } | null,
    isWriting: false, draft: { key: '', body: '', photos: [] } as SupplementDraft, errors: {} as { body?: string; photos?: string }, sendTrouble: null as { title: string; detail: string; note: string } | null,
    isBusy: false, isNotified: false,
  },
  onLoad(query: { number?: string; fresh?: string }) {
    const number = query.number ?? ''
    const kept = loadSupplement(number)
    this.setData({ number, isFresh: query.fresh === '1', site: rememberedSite(), draft: kept ?? emptySupplement(), isWriting: !!kept })
    loadSite().then(site => this.setData({ site }), () => undefined) // only for the telephone number and the message template
    return this.load()
  },
  onShow() { if (this.data.item && !this.data.isBusy) return this.load() }, // back from the chat: there may be an answer
  onHide() { this.save() },
  onUnload() { this.save() },
  async onPullDownRefresh() {
    await this.load()
    wx.stopPullDownRefresh()
  },
  async load() {
    const t = strings().case
    this.setData({ trouble: null })
    try {
      const item = await fetchCase(this.data.number)
      const now = new Date()
      this.setData({ item, submitted: moment(item.submitted_at, now), answerBy: item.answer_by ? day(item.answer_by) + t.chinaTime : '' })
      if (this.data.pictures.length !== item.files.length) await this.loadPictures(item)
    } catch (error) {
      const { status, title, detail } = error as ApiError
      this.setData({ trouble: status === 404 ? { title: t.missing, detail: t.missingHint } : { title, detail } })
    }
  },
  async loadPictures(item: Case) {
    const label = (n: number) => fill(strings().photos.photo, { n })
    this.setData({ pictures: item.files.map((file, i) => ({ id: String(file.id), path: '', label: label(i + 1), isMissing: false })) })
    await Promise.all(item.files.map(async (file, i) => {
      const path = await fetchPhoto(file.id, file.url).catch(() => '')
      this.setData({ [`pictures[${i}].path`]: path, [`pictures[${i}].isMissing`]: !path })
    }))
  },
  preview(event: WechatMiniprogram.TouchEvent) {
    wx.previewImage({ urls: this.data.pictures.map(picture => picture.path).filter(Boolean), current: event.currentTarget.dataset.path as string })
  },
  copy() { wx.setClipboardData({ data: this.data.number }) },
  async notify() {
    const answer = await askToNotify(this.data.site?.subscription_templates.case_progress)
    if (answer !== 'accept') return
    this.setData({ isNotified: true })
    reportConsent(newKey())
  },

  write() { this.setData({ isWriting: true }) },
  stopWriting() {
    this.save()
    this.setData({ isWriting: false, errors: {}, sendTrouble: null })
  },
  put(values: Partial<SupplementDraft>) {
    this.setData({ draft: { ...this.data.draft, ...values }, errors: {} })
    this.save()
  },
  save() {
    const { number, draft } = this.data
    if (draft.body.trim() || draft.photos.length) saveSupplement(number, draft)
    else dropSupplement(number)
  },
  onText(event: WechatMiniprogram.Input) { this.put({ body: event.detail.value }) },
  onPhotos(event: WechatMiniprogram.CustomEvent<{ photos: Photo[] }>) { this.put({ photos: event.detail.photos }) },
  async supplement() {
    const { number, draft, isBusy } = this.data
    if (isBusy) return
    const errors = checkSupplement(draft)
    this.setData({ errors, sendTrouble: null })
    if (Object.keys(errors).length) return
    this.setData({ isBusy: true })
    try {
      await supplementCase(number, { body: draft.body.trim(), files: draft.photos.map(photo => photo.id).filter(id => id !== '') }, draft.key)
      this.finishWriting()
      await this.load()
    } catch (error) {
      const { code, title, detail } = error as ApiError
      if (code === 'idempotency_conflict') await this.wasReceivedBefore()
      else this.setData({ sendTrouble: { title, detail, note: strings().submit.kept } })
    }
    this.setData({ isBusy: false })
  },
  /** An earlier try had arrived; show it, and keep the changed text under a new key in case it says something more. */
  async wasReceivedBefore() {
    const t = strings().submit
    this.put({ key: newKey() })
    this.setData({ sendTrouble: { title: t.alreadyTitle, detail: strings().case.supplementTwice, note: '' } })
    await this.load()
  },
  finishWriting() {
    dropSupplement(this.data.number)
    this.setData({ draft: emptySupplement(), isWriting: false })
    wx.showToast({ title: strings().case.supplementDone, icon: 'success' })
  },
})

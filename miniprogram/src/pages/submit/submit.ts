// One form for a petition and for a legal consultation. What is typed is a draft on the phone until the server has it.
import { submitCase } from '../../utils/api'
import { CaseDraft, dropCaseDraft, emptyCase, isTouched, loadCaseDraft, Photo, saveCaseDraft } from '../../utils/draft'
import { ApiError } from '../../utils/http'
import { fill, strings } from '../../utils/i18n'
import { newKey } from '../../utils/keys'
import { rememberedPerson } from '../../utils/session'
import { countryName, loadSite, needsEmergencyLine, rememberedSite } from '../../utils/site'
import { askToNotify, reportConsent } from '../../utils/subscription'
import { Kind, Site, Topic } from '../../utils/types'
import { CaseErrors, checkCase, LIMITS } from '../../utils/validate'

type Writable = 'subject' | 'body' | 'contact'
const SAVE_AFTER_MS = 600 // a pause in typing
let saving = 0

Page({
  data: {
    t: strings().submit, limits: LIMITS, kind: 'petition' as Kind, hints: { subject: '', body: '' }, site: null as Site | null, draft: emptyCase(),
    topics: [] as Topic[], topicName: '', topicNote: '', country: '', isAbroad: true, version: '', agreed: false, wasRestored: false, sheet: '' as '' | 'topic' | 'country',
    errors: {} as CaseErrors, trouble: null as { title: string; detail: string; note: string } | null, siteTrouble: null as { title: string; detail: string } | null,
    isSent: false, isBusy: false, isAlreadyIn: false,
  },
  onLoad(query: { kind?: string }) {
    const kind: Kind = query.kind === 'consultation' ? 'consultation' : 'petition'
    const t = strings().submit
    wx.setNavigationBarTitle({ title: t[kind] })
    const kept = loadCaseDraft(kind)
    const hints = kind === 'petition' ? { subject: t.subjectHint, body: t.bodyHint } : { subject: t.subjectHintConsultation, body: t.bodyHintConsultation }
    this.setData({ kind, hints, draft: kept ?? emptyCase(rememberedPerson()?.country ?? ''), wasRestored: !!kept && isTouched(kept) })
    const site = rememberedSite()
    if (site) this.draw(site)
    return this.loadSite()
  },
  onHide() { this.save() },
  onUnload() { this.save() },
  async loadSite() {
    try {
      this.draw(await loadSite())
      this.setData({ siteTrouble: null })
    } catch (error) {
      const { title, detail } = error as ApiError
      this.setData({ siteTrouble: { title, detail } })
    }
  },
  /** Shows what depends on both the county's lists and the draft. */
  draw(site: Site | null) {
    const { draft, kind } = this.data
    const topics = site?.topics[kind] ?? []
    const topic = topics.find(one => one.code === draft.topic)
    this.setData({
      site, topics, topicName: topic?.name ?? '', topicNote: topic?.note ?? '', country: countryName(site, draft.country), isAbroad: needsEmergencyLine(draft.country),
      version: site ? fill(strings().submit.version, { version: site.consent.version }) : '',
    })
  },
  /** Changes the draft; what was complained about is taken back, and the draft is kept on the phone soon after. */
  put(values: Partial<CaseDraft>) {
    const draft = { ...this.data.draft, ...values }
    const errors = { ...this.data.errors }
    for (const field of Object.keys(values)) delete errors[field as keyof CaseErrors]
    this.setData({ draft, errors })
    clearTimeout(saving)
    saving = setTimeout(() => this.save(), SAVE_AFTER_MS)
  },
  save() {
    clearTimeout(saving)
    if (!this.data.isSent && isTouched(this.data.draft)) saveCaseDraft(this.data.kind, this.data.draft)
  },
  onText(event: WechatMiniprogram.Input) { this.put({ [event.currentTarget.dataset.field as Writable]: event.detail.value }) },
  onPhotos(event: WechatMiniprogram.CustomEvent<{ photos: Photo[] }>) {
    this.put({ photos: event.detail.photos })
    this.save()
  },
  openSheet(event: WechatMiniprogram.TouchEvent) { this.setData({ sheet: event.currentTarget.dataset.sheet as 'topic' | 'country' }) },
  closeSheet() { this.setData({ sheet: '' }) },
  onPick(event: WechatMiniprogram.CustomEvent<{ code: string }>) {
    this.put(this.data.sheet === 'topic' ? { topic: event.detail.code } : { country: event.detail.code })
    this.setData({ sheet: '' })
    this.draw(this.data.site)
  },
  toNotice() { wx.navigateTo({ url: '/pages/notice/notice' }) },
  onAgree() { this.setData({ agreed: !this.data.agreed, 'errors.consent': '' }) },

  async submit() {
    const { site, draft, agreed, isBusy } = this.data
    if (isBusy || !site) return
    const errors = checkCase({ ...draft, agreed })
    this.setData({ errors, trouble: null })
    if (Object.keys(errors).length) return this.showErrors(errors)
    this.setData({ isBusy: true })
    if (!draft.subscribed) { // the question must come before anything else is awaited, or WeChat refuses to ask it
      const subscribed = await askToNotify(site.subscription_templates.case_progress)
      if (subscribed) this.put({ subscribed })
    }
    this.save() // with its key, before the first byte leaves: a retry after a restart must be the same submission
    await this.send(site)
    this.setData({ isBusy: false })
  },
  async send(site: Site) {
    const { kind, draft } = this.data
    const optional = { ...(draft.country && { country: draft.country }), ...(draft.contact.trim() && { contact: draft.contact.trim() }) }
    try {
      const made = await submitCase({
        kind, topic: draft.topic, subject: draft.subject.trim().replace(/\s+/g, ' '), body: draft.body.trim(), ...optional,
        files: draft.photos.map(photo => photo.id).filter(id => id !== ''), consent_version: site.consent.version,
      }, draft.key)
      if (draft.subscribed === 'accept') reportConsent('subscribe-' + draft.key)
      this.setData({ isSent: true })
      dropCaseDraft(kind)
      wx.redirectTo({ url: `/pages/case/case?number=${encodeURIComponent(made.number)}&fresh=1` })
    } catch (error) { this.explain(error as ApiError) }
  },
  explain(error: ApiError) {
    const t = strings().submit
    // An earlier try whose answer was lost had arrived after all, and the text was changed since. Nothing goes in twice unasked.
    if (error.code === 'idempotency_conflict') return this.setData({ isAlreadyIn: true })
    const errors: CaseErrors = {}
    for (const [field, words] of Object.entries(error.fields)) errors[(field === 'consent_version' ? 'consent' : field === 'files' ? 'photos' : field) as keyof CaseErrors] = words.join('；')
    this.setData({ errors, trouble: { title: error.title, detail: error.detail, note: t.kept } })
    if (errors.consent) { // the county changed its explanation meanwhile: show the new one, to be agreed to again
      this.setData({ agreed: false })
      this.loadSite()
    }
    if (Object.keys(errors).length) this.showErrors(errors)
  },
  toCases() {
    this.setData({ isSent: true })
    dropCaseDraft(this.data.kind)
    wx.redirectTo({ url: '/pages/cases/cases' })
  },
  /** Only the person can say that the changed text is another matter; then it gets a key of its own. */
  submitAsNew() {
    this.put({ key: newKey() })
    this.setData({ isAlreadyIn: false })
    return this.submit()
  },
  showErrors(errors: CaseErrors) {
    const first = (['topic', 'subject', 'body', 'photos', 'contact', 'consent'] as const).find(field => errors[field])
    wx.showToast({ title: fill(strings().errors.check, { n: Object.keys(errors).length }), icon: 'none' })
    wx.pageScrollTo({ selector: '#field-' + first })
  },
  async clear() {
    const t = strings().submit
    const { confirm } = await wx.showModal({ title: t.clear, content: t.clearAsk, confirmText: t.clearYes, cancelText: t.clearNo })
    if (!confirm) return
    clearTimeout(saving)
    dropCaseDraft(this.data.kind)
    this.setData({ draft: emptyCase(this.data.draft.country), errors: {}, agreed: false, wasRestored: false, trouble: null, isAlreadyIn: false })
    this.draw(this.data.site)
    wx.pageScrollTo({ scrollTop: 0 })
  },
})

import { askCorrection, dropCorrection, fetchCorrections } from '../../utils/api'
import { day, moment } from '../../utils/dates'
import { ApiError } from '../../utils/http'
import { fill, strings } from '../../utils/i18n'
import { newKey } from '../../utils/keys'
import { rememberedSite } from '../../utils/site'
import { Correction, CorrectionField, Site } from '../../utils/types'

interface Shown extends Correction { when: string; due: string }

Page({
  data: {
    t: strings().correct, loading: strings().trouble.loading, fields: [] as CorrectionField[], values: {} as Record<string, string>, open: {} as Record<string, boolean>, isAll: false, words: '', errors: {} as Record<string, string>,
    items: [] as Shown[], key: newKey(), isBusy: false, isSent: false, isLoaded: false, site: null as Site | null, trouble: null as { title: string; detail: string } | null, check: '',
  },
  onLoad() {
    this.setData({ site: rememberedSite() })
    return this.load()
  },
  async load() {
    try {
      const { fields, items } = await fetchCorrections()
      const shown = items.map(one => ({ ...one, when: moment(one.asked_at, new Date()), due: fill(strings().correct.answerBy, { day: day(one.answer_by) }) }))
      const values = Object.fromEntries(fields.map(one => [one.field, this.data.values[one.field] ?? one.value]))
      this.setData({ fields, values, items: shown, isLoaded: true, trouble: null })
    } catch (error) { this.failed(error as ApiError) }
  },
  failed({ title, detail }: ApiError) { this.setData({ trouble: { title, detail } }) },
  open(event: WechatMiniprogram.TouchEvent) { this.setData({ open: { ...this.data.open, [event.currentTarget.dataset.field as string]: true } }) },
  showAll() { this.setData({ isAll: true }) },
  onText(event: WechatMiniprogram.Input) {
    const { field } = event.currentTarget.dataset as { field: string }
    this.setData({ values: { ...this.data.values, [field]: event.detail.value }, errors: { ...this.data.errors, [field]: '' }, isSent: false, check: '' })
  },
  onWords(event: WechatMiniprogram.Input) { this.setData({ words: event.detail.value, errors: { ...this.data.errors, words: '' }, isSent: false, check: '' }) },
  async send() {
    if (this.data.isBusy) return
    const { fields, values, words, key } = this.data
    const changed = Object.fromEntries(fields.filter(one => values[one.field].trim() !== one.value).map(one => [one.field, values[one.field].trim()]))
    this.setData({ isBusy: true, trouble: null, errors: {}, check: '' })
    try {
      await askCorrection(changed, words.trim(), key)
      this.setData({ values: {}, open: {}, words: '', key: newKey(), isSent: true })
      wx.showToast({ title: strings().correct.sent, icon: 'success' })
      await this.load()
    } catch (error) {
      const { title, detail, fields: wrong, isUnsure } = error as ApiError
      const errors = Object.fromEntries(Object.entries(wrong).map(([field, lines]) => [field, lines.join('；')]))
      const n = Object.keys(errors).length
      this.setData(n ? { errors, check: fill(strings().correct.check, { n }) } : { trouble: { title, detail } })
      if (!isUnsure) this.setData({ key: newKey() }) // refused for good: what is mended is another request
    }
    this.setData({ isBusy: false })
  },
  async takeBack(event: WechatMiniprogram.TouchEvent) {
    const t = strings().correct
    const { confirm } = await wx.showModal({ title: t.takeBack, content: t.takeBackAsk, confirmText: t.takeBackYes, cancelText: t.takeBackNo })
    if (!confirm) return
    try {
      await dropCorrection(event.currentTarget.dataset.id as number)
      await this.load()
    } catch (error) { this.failed(error as ApiError) }
  },
})

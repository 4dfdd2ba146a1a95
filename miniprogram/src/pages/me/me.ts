import { changeMe, fetchMe } from '../../utils/api'
import { ApiError } from '../../utils/http'
import { fill, speak, strings } from '../../utils/i18n'
import { rememberedPerson } from '../../utils/session'
import { countryName, loadSite, rememberedSite } from '../../utils/site'
import { Person, Site } from '../../utils/types'
import { LIMITS } from '../../utils/validate'

type Profile = Omit<Person, 'id'>
type Sheet = '' | 'country' | 'zone' | 'language' | 'part'
interface Choice { code: string; name: string }

const EMPTY: Profile = { salutation: null, country: null, zone: null, language: 'zh-Hans', hometown: null, part_of_day: null }
const profileOf = (person: Person): Profile => ({ salutation: person.salutation, country: person.country, zone: person.zone, language: person.language, hometown: person.hometown, part_of_day: person.part_of_day ?? null })

/** One entry per time zone of the county's list of countries. */
function zonesOf(site: Site | null): Choice[] {
  const zones = new Map<string, string>()
  for (const { zone, name } of site?.countries ?? []) if (zone && !zones.has(zone)) zones.set(zone, fill(strings().me.zoneOf, { name }))
  return [...zones].map(([code, name]) => ({ code, name }))
}

Page({
  data: {
    t: strings().me, choose: strings().submit.choose, limits: LIMITS, profile: EMPTY, site: null as Site | null, zones: [] as Choice[], languages: [] as Choice[], parts: [] as Choice[], isLoaded: false, isBusy: false, isSaved: false,
    shown: { country: '', zone: '', language: '', part: '' }, sheet: '' as Sheet, errors: {} as Record<string, string>, trouble: null as { title: string; detail: string } | null,
  },
  onLoad() {
    const person = rememberedPerson()
    const choices = (names: Record<string, string>) => Object.entries(names).map(([code, name]) => ({ code, name }))
    this.setData({ languages: choices(strings().me.languages), parts: choices(strings().me.parts), profile: person ? profileOf(person) : EMPTY, isLoaded: !!person })
    this.draw(rememberedSite())
    return this.load()
  },
  async load() {
    try {
      const [site, person] = await Promise.all([loadSite(), fetchMe()])
      this.setData({ profile: profileOf(person), isLoaded: true, trouble: null })
      this.draw(site)
    } catch (error) {
      const { title, detail } = error as ApiError
      this.setData({ trouble: { title, detail } })
    }
  },
  draw(site: Site | null) {
    const { country, zone, language, part_of_day: part } = this.data.profile
    const zones = zonesOf(site)
    this.setData({
      site, zones,
      shown: { country: countryName(site, country), zone: zones.find(one => one.code === zone)?.name ?? zone ?? '', language: strings().me.languages[language] ?? '', part: strings().me.parts[part ?? ''] ?? '' },
    })
  },
  put(values: Partial<Profile>) {
    this.setData({ profile: { ...this.data.profile, ...values }, errors: {}, isSaved: false })
    this.draw(this.data.site)
  },
  onText(event: WechatMiniprogram.Input) { this.put({ [event.currentTarget.dataset.field as 'salutation' | 'hometown']: event.detail.value }) },
  go(event: WechatMiniprogram.TouchEvent) { wx.navigateTo({ url: event.currentTarget.dataset.url as string }) },
  openSheet(event: WechatMiniprogram.TouchEvent) { this.setData({ sheet: event.currentTarget.dataset.sheet as Sheet }) },
  closeSheet() { this.setData({ sheet: '' }) },
  onPick(event: WechatMiniprogram.CustomEvent<{ code: string }>) {
    const { code } = event.detail
    const { sheet, site } = this.data
    this.setData({ sheet: '' })
    if (sheet === 'zone') this.put({ zone: code })
    if (sheet === 'language') this.put({ language: code })
    if (sheet === 'part') this.put({ part_of_day: code || null })
    if (sheet === 'country') this.put({ country: code, zone: site?.countries.find(one => one.code === code)?.zone ?? this.data.profile.zone }) // who moves, moves clocks too
  },
  async save() {
    if (this.data.isBusy) return
    const { salutation, hometown, ...rest } = this.data.profile
    this.setData({ isBusy: true, trouble: null, errors: {} })
    try {
      const person = await changeMe({ ...rest, salutation: salutation?.trim() || null, hometown: hometown?.trim() || null })
      speak(person.language)
      this.setData({ profile: profileOf(person), isSaved: true })
      wx.showToast({ title: strings().me.saved, icon: 'success' })
    } catch (error) {
      const { title, detail, fields } = error as ApiError
      this.setData({ trouble: { title, detail }, errors: Object.fromEntries(Object.entries(fields).map(([field, words]) => [field, words.join('；')])) })
    }
    this.setData({ isBusy: false })
  },
})

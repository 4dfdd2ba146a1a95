import { fetchCases, fetchMe } from '../../utils/api'
import { greeting, monthDay } from '../../utils/dates'
import { ApiError } from '../../utils/http'
import { fill, strings } from '../../utils/i18n'
import { rememberedPerson } from '../../utils/session'
import { loadSite, needsEmergencyLine, rememberedSite } from '../../utils/site'
import { Person, Site } from '../../utils/types'

function festivalLine(festival: Site['next_festival']): string {
  if (!festival) return ''
  const t = strings().festival
  const { name, days_left: n, date } = festival
  return fill(n <= 0 ? t.today : n === 1 ? t.tomorrow : t.soon, { name, n, date: monthDay(date) })
}

Page({
  data: {
    t: strings().home, letters: strings().letters, hello: '', from: '', festival: '', petitionHint: strings().home.petitionHint, consultationHint: strings().home.consultationHint,
    unread: '', site: null as Site | null, isAbroad: true, trouble: null as { title: string; detail: string } | null,
  },
  onLoad() { this.draw(rememberedSite(), rememberedPerson()) }, // at once, before the network answers
  onShow() { return this.load() },
  async onPullDownRefresh() {
    await this.load()
    wx.stopPullDownRefresh()
  },
  async load() {
    await Promise.all([this.loadSite(), this.loadPerson()])
  },
  async loadSite() {
    try {
      this.draw(await loadSite(), rememberedPerson())
      this.setData({ trouble: null })
    } catch (error) {
      const { title, detail } = error as ApiError
      this.setData({ trouble: { title, detail } })
    }
  },
  /** Name and unread mark. They are an addition: when they cannot be had, the page is whole without them. */
  async loadPerson() {
    const [person, page] = await Promise.all([fetchMe().catch(() => null), fetchCases().catch(() => null)])
    if (person) this.draw(this.data.site, person)
    if (page) {
      const n = page.items.filter(item => item.unread).length
      this.setData({ unread: n ? fill(strings().home.unread, { n }) : '' })
    }
  },
  draw(site: Site | null, person: Person | null) {
    const t = strings()
    const hello = greeting(new Date())
    this.setData({ hello: person?.salutation ? `${person.salutation}，${hello}` : hello, isAbroad: needsEmergencyLine(person?.country) })
    if (!site) return
    const hint = (kind: string, otherwise: string) => site.kinds.find(one => one.code === kind)?.hint || otherwise
    this.setData({
      site, from: fill(t.greeting.from, { county: site.tenant.name }), festival: festivalLine(site.next_festival),
      petitionHint: hint('petition', t.home.petitionHint), consultationHint: hint('consultation', t.home.consultationHint),
    })
    wx.setNavigationBarTitle({ title: site.tenant.name })
  },
  open(event: WechatMiniprogram.TouchEvent) { wx.navigateTo({ url: event.currentTarget.dataset.url as string }) },
  onShareAppMessage() {
    const county = this.data.site?.tenant.name
    return { title: county ? fill(strings().home.share, { county }) : strings().home.title, path: '/pages/home/home' }
  },
})

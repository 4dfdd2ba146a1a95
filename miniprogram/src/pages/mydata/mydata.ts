import { fetchCopy, fetchCopyFile, fetchHoldings, orderCopy } from '../../utils/api'
import { ApiError } from '../../utils/http'
import { fill, strings } from '../../utils/i18n'
import { newKey } from '../../utils/keys'
import { loadSite, rememberedSite } from '../../utils/site'
import { DataCopy, HeldSection, Site } from '../../utils/types'

interface Shown extends HeldSection { count: string; isOpen: boolean }
type CopyStep = '' | 'preparing' | 'fetching' | 'ready'
const LOOK_AGAIN_MS = 2000
const LOOKS = 30

Page({
  data: {
    t: strings().mydata, loading: strings().trouble.loading, sections: [] as Shown[], isLoaded: false, site: null as Site | null,
    trouble: null as { title: string; detail: string } | null, copyStep: '' as CopyStep, copyPath: '', copyTrouble: null as { title: string; detail: string } | null,
    isGone: false,
  },
  onLoad() {
    this.setData({ site: rememberedSite() })
    loadSite().then(site => this.setData({ site }), () => undefined) // only for the telephone number
    return this.load()
  },
  onShow() { if (this.data.isLoaded) return this.load() }, // back from a page that changed something
  onUnload() { this.setData({ isGone: true }) },
  async onPullDownRefresh() {
    await this.load()
    wx.stopPullDownRefresh()
  },
  async load() {
    try {
      const [held, { copy }] = await Promise.all([fetchHoldings(), fetchCopy()])
      const open = this.data.sections.filter(one => one.isOpen).map(one => one.code)
      const sections = held.sections.map(one => ({ ...one, count: fill(strings().mydata.count, { n: one.lines.length }), isOpen: open.includes(one.code) }))
      this.setData({ sections, isLoaded: true, trouble: null })
      if (copy && !this.data.copyStep) this.follow(copy)
    } catch (error) {
      const { title, detail } = error as ApiError
      this.setData({ trouble: { title, detail } })
    }
  },
  toggle(event: WechatMiniprogram.TouchEvent) {
    const { index } = event.currentTarget.dataset as { index: number }
    this.setData({ [`sections[${index}].isOpen`]: !this.data.sections[index].isOpen })
  },
  go(event: WechatMiniprogram.TouchEvent) { wx.navigateTo({ url: event.currentTarget.dataset.url as string }) },
  async order() {
    if (this.data.copyStep) return
    this.setData({ copyStep: 'preparing', copyTrouble: null })
    try {
      await this.follow(await orderCopy(newKey()))
    } catch (error) { this.failed(error as ApiError) }
  },
  /** Waits until the copy is ready, then fetches it: sending a file is allowed only at once after a tap. */
  async follow(copy: DataCopy | null) {
    try {
      this.setData({ copyStep: 'preparing' })
      for (let look = 0; copy?.state === 'preparing' && look < LOOKS && !this.data.isGone; look++) {
        await new Promise(done => { setTimeout(done, LOOK_AGAIN_MS) })
        copy = (await fetchCopy()).copy
      }
      if (copy?.state !== 'ready') {
        this.setData({ copyStep: '', copyTrouble: { title: strings().mydata.stillPreparing, detail: '' } })
        return
      }
      this.setData({ copyStep: 'fetching' })
      this.setData({ copyPath: await fetchCopyFile(copy.id), copyStep: 'ready' })
    } catch (error) { this.failed(error as ApiError) }
  },
  failed({ title, detail }: ApiError) { this.setData({ copyStep: '', copyTrouble: { title, detail } }) },
  share() { wx.shareFileMessage({ filePath: this.data.copyPath, fileName: strings().mydata.file }) },
})

import { fetchLetters } from '../../utils/api'
import { ApiError } from '../../utils/http'
import { strings } from '../../utils/i18n'
import { LetterItem } from '../../utils/types'

Page({
  data: { t: strings().letters, loading: strings().trouble.loading, items: null as LetterItem[] | null, trouble: null as { title: string; detail: string } | null },
  onShow() { return this.load() },
  async onPullDownRefresh() {
    await this.load()
    wx.stopPullDownRefresh()
  },
  async load() {
    try {
      this.setData({ items: await fetchLetters(), trouble: null })
    } catch (error) {
      const { title, detail } = error as ApiError
      this.setData({ trouble: { title, detail } })
    }
  },
  open(event: WechatMiniprogram.TouchEvent) { wx.navigateTo({ url: '/pages/letter/letter?code=' + encodeURIComponent(event.currentTarget.dataset.code as string) }) },
})

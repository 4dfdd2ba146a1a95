// Our side of WeChat's privacy gate. Put it on every page that uses photos.
import { strings } from '../../utils/i18n'
import { Decide, showSheetWith } from '../../utils/privacy'

let decide: Decide | null = null // a function cannot live in setData

Component({
  data: { t: strings().privacy, isOpen: false },
  lifetimes: {
    attached() { this.listen() },
    detached() { showSheetWith(null) },
  },
  pageLifetimes: {
    show() { this.listen() },
  },
  methods: {
    listen() {
      showSheetWith(given => {
        decide = given
        this.setData({ isOpen: true })
      })
    },
    agree() { this.answer('agree') },
    refuse() { this.answer('disagree') },
    answer(event: 'agree' | 'disagree') {
      this.setData({ isOpen: false })
      decide?.({ event, buttonId: 'agree-privacy' })
      decide = null
    },
    read() { wx.openPrivacyContract({}) },
    keep() { /* a tap on the sheet must not reach the page below */ },
  },
})

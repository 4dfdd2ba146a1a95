// A list to choose one thing from. WeChat's own picker is a small wheel whose text does not follow the font setting.
import { strings } from '../../utils/i18n'

interface Choice { code: string; name: string; note?: string | null }
const WORTH_SEARCHING = 15

Component({
  properties: {
    isOpen: Boolean, title: String, value: String,
    choices: { type: Array, value: [] as Choice[] },
  },
  data: { t: strings().choice, shown: [] as Choice[], hasSearch: false, wanted: '' },
  observers: {
    'isOpen, choices'() {
      if (this.data.isOpen) this.setData({ shown: this.data.choices, hasSearch: this.data.choices.length > WORTH_SEARCHING, wanted: '' })
    },
  },
  methods: {
    search(event: WechatMiniprogram.Input) {
      const wanted = event.detail.value.trim()
      this.setData({ wanted, shown: this.data.choices.filter((choice: Choice) => choice.name.includes(wanted)) })
    },
    pick(event: WechatMiniprogram.TouchEvent) { this.triggerEvent('pick', { code: event.currentTarget.dataset.code as string }) },
    close() { this.triggerEvent('close') },
    keep() { /* a tap on the sheet must not close it, a drag must not move the page below */ },
  },
})

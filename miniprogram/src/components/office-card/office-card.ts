// The way without a mini-program: where the office is, when it is open, and its telephone.
import { strings } from '../../utils/i18n'
import { Site } from '../../utils/types'

Component({
  properties: { office: { type: Object, value: {} as Site['office'] }, hint: String },
  data: { t: strings().office },
  methods: {
    call() { wx.makePhoneCall({ phoneNumber: this.data.office.phone.replace(/[^\d+]/g, '') }) },
  },
})

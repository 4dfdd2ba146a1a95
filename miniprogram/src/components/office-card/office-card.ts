// The way without a mini-program: where the office is, when it is open, and its telephone.
import { fill, strings } from '../../utils/i18n'
import { Site } from '../../utils/types'

Component({
  properties: { office: { type: Object, value: {} as Site['office'] }, hint: String },
  data: { t: strings().office, label: '' },
  observers: {
    office(office: Site['office']) { this.setData({ label: fill(strings().office.call, { phone: office?.phone ?? '' }) }) },
  },
  methods: {
    call() { wx.makePhoneCall({ phoneNumber: this.data.office.phone.replace(/[^\d+]/g, '') }) },
  },
})

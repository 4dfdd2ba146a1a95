// Two warnings that are always near: nobody from us asks for money; 12308 when somebody abroad is in danger.
import { strings } from '../../utils/i18n'

Component({
  properties: { emergency: String, isAbroad: Boolean, hidesFraud: Boolean, hidesEmergency: Boolean },
  data: { t: strings().help },
  methods: {
    call() { wx.makePhoneCall({ phoneNumber: '+861012308' }) }, // 外交部 consular hotline, as dialled from abroad
  },
})

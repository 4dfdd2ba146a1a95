// Something did not work: what, what to do, and a button that tries again.
import { strings } from '../../utils/i18n'

Component({
  properties: { title: String, detail: String, note: String, hidesRetry: Boolean },
  data: { t: strings().trouble },
  methods: {
    retry() { this.triggerEvent('retry') },
  },
})

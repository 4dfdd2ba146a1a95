import { signIn } from './utils/session'

App({
  onLaunch() {
    // Signing in early saves the first page a round trip; when it fails, the page that needs it asks again and says why.
    signIn().catch(() => undefined)
  },
})

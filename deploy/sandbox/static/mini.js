// The mini-program on the phone: a frame that holds the built preview, signed in as the person with this phone.

import { fill, h, one } from './dom.js'

const HOME = 'pages/home/home'
const HANDED_IN = /pages\/case\/case\?.*fresh=1/

/** `onHandedIn()` is called when a case was submitted in the frame. */
export function createMini({ onHandedIn }) {
  const stage = one('#mini-stage')
  let frame = null
  let loaded = '' // follower and appid the frame belongs to
  let isReady = false // it hears of a new hash

  const address = (person, mini, path) => `/mp/${mini.appid}/index.html?follower=${person.id}&api=/mp-api/${mini.appid}#/${path}`

  setInterval(() => {
    try {
      if (frame && HANDED_IN.test(frame.contentWindow.location.hash)) onHandedIn()
    } catch { /* the frame shows something else */ }
  }, 1000)

  return {
    /** Load it for this person unless it runs already. */
    show(person, mini, path = HOME) {
      if (!person || !mini) return
      const key = `${person.id} ${mini.appid}`
      if (frame && loaded === key) return
      loaded = key
      isReady = false
      frame = h('iframe', { title: `小程序 ${mini.name}`, src: address(person, mini, path), on: { load: () => { isReady = true } } })
      fill(stage, frame)
    },
    /** Open a page; the running mini-program hears of it by the hash. */
    open(person, mini, path) {
      const page = (path || HOME).replace(/^\/+/, '')
      if (isReady && loaded === `${person.id} ${mini.appid}`) frame.contentWindow.location.hash = '#/' + page
      else {
        loaded = ''
        this.show(person, mini, page)
      }
      frame.focus({ preventScroll: true })
    },
    close() {
      frame = null
      loaded = ''
      isReady = false
      fill(stage)
    },
  }
}

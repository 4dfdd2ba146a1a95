// Stands for WeChat's JS-SDK and, when a page was opened from the sandbox's phone (#sandbox=<person>),
// for WeChat's own browser: wx.config with a signature that is checked, and the button wx-open-subscribe.
// In any other browser nothing ever answers, as with the real one.

(() => {
  const platform = new URL(document.currentScript.src).origin
  const follower = new URLSearchParams(location.hash.slice(1)).get('sandbox')
  const REFUSED = -1
  const OPEN = 0
  const READY = 1
  let state = OPEN
  let account = ''
  let verdict = null
  const whenReady = []
  const whenRefused = []

  if (follower) Object.defineProperty(navigator, 'userAgent', { value: `${navigator.userAgent} MicroMessenger/8.0.50 (sandbox)` })

  // As text/plain: the browser then asks nobody for leave first.
  async function tell(path, body) {
    const answer = await fetch(`${platform}/open/${path}`, { method: 'POST', headers: { 'Content-Type': 'text/plain' }, body: JSON.stringify(body) })
    const told = await answer.json()
    if (!answer.ok) throw Object.assign(new Error(told.error), { code: Number.parseInt(told.error, 10) || 10002 })
    return told
  }

  async function config(given) {
    if (!follower) return
    account = given.appId
    const { appId, nonceStr, timestamp, signature } = given
    verdict = await tell('config', { appId, nonceStr, timestamp, signature, url: location.href })
      .catch(() => ({ errMsg: 'config:fail, network error' }))
    state = verdict.errMsg === 'config:ok' ? READY : REFUSED
    if (state === REFUSED) whenRefused.forEach(call => call(verdict))
    else if (given.openTagList?.includes('wx-open-subscribe')) document.querySelectorAll('wx-open-subscribe').forEach(tag => tag.draw())
    whenReady.forEach(call => call()) // the real one too calls them after an error
  }

  window.wx = window.jWeixin = {
    config,
    ready: call => (state === OPEN ? whenReady.push(call) : call()),
    error: call => (state === REFUSED ? call(verdict) : whenRefused.push(call)),
  }

  const SHEET = `
    dialog { box-sizing: border-box; width: min(480px, 100%); max-width: none; margin: auto auto 0; padding: 24px 20px; border: 0; border-radius: 16px 16px 0 0; color: #1a1a1a; font: 17px/1.6 system-ui, "PingFang SC", "Noto Sans CJK SC", sans-serif; }
    dialog::backdrop { background: rgb(0 0 0 / 55%); }
    h2 { margin: 4px 0 12px; font-size: 20px; line-height: 1.5; }
    p { margin: 0; color: #555; }
    .title { padding: 14px 0 4px; border-top: 1px solid #e5e5e5; color: inherit; font-weight: 600; }
    .row { display: flex; gap: 12px; margin-top: 22px; }
    button { flex: 1; min-height: 52px; border: 0; border-radius: 10px; background: #ececec; color: #06743c; font: inherit; font-weight: 600; }
    button.yes { background: #06743c; color: #fff; }`

  const sheetOf = css => {
    const sheet = new CSSStyleSheet() // unlike an element, a page's policy does not forbid it
    sheet.replaceSync(css)
    return sheet
  }
  const element = (name, text, className = '') => Object.assign(document.createElement(name), { textContent: text, className })

  /** WeChat's question; resolve to accept or reject. */
  function question({ account: name, title, fields }) {
    return new Promise(resolve => {
      const host = document.createElement('div')
      const root = host.attachShadow({ mode: 'open' })
      root.adoptedStyleSheets = [sheetOf(SHEET)]
      const dialog = document.createElement('dialog')
      const no = element('button', '取消')
      const yes = element('button', '允许', 'yes')
      const row = element('div', '', 'row')
      dialog.setAttribute('aria-label', '订阅通知')
      row.append(no, yes)
      dialog.append(element('p', '微信（沙箱模拟）'), element('h2', `${name} 申请给你发一次以下通知`), element('p', title, 'title'), element('p', fields.join('、')), row)
      no.onclick = () => dialog.close('reject')
      yes.onclick = () => dialog.close('accept')
      dialog.onclose = () => { host.remove(); resolve(dialog.returnValue || 'reject') }
      root.append(dialog)
      document.body.append(host)
      dialog.showModal()
    })
  }

  class OpenSubscribe extends HTMLElement {
    draw() {
      if (this.shadowRoot) return
      const source = this.querySelector('script[type="text/wxtag-template"]:not([slot])')?.textContent ?? ''
      const drawn = document.createElement('template') // nothing in it counts as the page's own
      drawn.innerHTML = source
      const styles = [...drawn.content.querySelectorAll('style')]
      const root = this.attachShadow({ mode: 'open' })
      root.adoptedStyleSheets = [sheetOf(styles.map(style => style.textContent).join('\n'))]
      styles.forEach(style => style.remove())
      root.append(drawn.content)
      root.addEventListener('click', () => this.ask())
    }

    async ask() {
      if (this.isAsking) return
      this.isAsking = true
      const template = this.getAttribute('template')
      try {
        const about = { appId: account, template }
        const decision = await question(await tell('subscribe/ask', about))
        await tell('subscribe', { ...about, follower, decision })
        const subscribeDetails = JSON.stringify({ [template]: JSON.stringify({ status: decision }) })
        this.dispatchEvent(new CustomEvent('success', { detail: { errMsg: 'subscribe:ok', subscribeDetails } }))
      } catch (error) {
        this.dispatchEvent(new CustomEvent('error', { detail: { errMsg: `subscribe:fail ${error.message}`, errCode: error.code } }))
      } finally {
        this.isAsking = false
      }
    }
  }
  if (follower) customElements.define('wx-open-subscribe', OpenSubscribe)
})()

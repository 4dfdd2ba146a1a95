// button, navigator, image, label, scroll-view, page-meta.
import { Builtin, fire, isOn } from './base.mjs'

export class Button extends Builtin {
  setup() {
    if (!this.hasAttribute('role')) this.setAttribute('role', 'button')
    this.tabIndex = 0
    this.addEventListener('click', () => this.act())
    // A disabled button swallows the touch, so that no tap event is made of it.
    for (const type of ['touchstart', 'mousedown']) this.addEventListener(type, event => { if (isOn(this.given.disabled)) event.stopImmediatePropagation() }, true)
  }
  update(name, value) {
    if (name === 'disabled') this.setAttribute('aria-disabled', String(isOn(value)))
  }
  async act() {
    if (isOn(this.given.disabled)) return
    const form = this.closest('wx-form')
    if (this.given['form-type'] === 'submit') form?.submit()
    if (this.given['form-type'] === 'reset') form?.reset()
    const openType = this.given['open-type']
    if (!openType) return
    const result = await wx.__openType(openType, this)
    if (result) fire(this, result.event, result.detail)
  }
}

export class Navigator extends Builtin {
  setup() {
    const ways = { redirect: 'redirectTo', reLaunch: 'reLaunch', navigateBack: 'navigateBack' }
    this.addEventListener('click', () => wx[ways[this.given['open-type']] ?? 'navigateTo']({ url: this.given.url, delta: this.given.delta }))
  }
}

export class Picture extends Builtin {
  setup() {
    const picture = this.picture = document.createElement('img')
    picture.alt = ''
    picture.onload = () => fire(this, 'load', { width: picture.naturalWidth, height: picture.naturalHeight })
    picture.onerror = () => fire(this, 'error', { errMsg: this.given.src })
    this.append(picture)
  }
  update(name, value) {
    if (name === 'aria-label') this.picture.alt = value ?? ''
    if (name !== 'src') return
    if (!value) this.picture.removeAttribute('src')
    else this.picture.src = value.startsWith('/') ? '.' + value : value // "/images/x.png" means the package, not the web server
  }
}

export class Label extends Builtin {
  setup() {
    this.addEventListener('click', event => {
      if (/^(input|textarea)$/.test(event.target.localName)) return
      const control = this.querySelector('wx-radio, wx-checkbox, wx-switch, wx-input, wx-textarea')?.control
      if (/checkbox|radio/.test(control?.type)) control.click()
      else control?.focus()
    })
  }
}

const NEAR_END_PX = 50 // WeChat's default of lower-threshold

export class ScrollView extends Builtin {
  setup() {
    this.addEventListener('scroll', () => {
      fire(this, 'scroll', { scrollTop: this.scrollTop, scrollLeft: this.scrollLeft })
      if (this.scrollTop + this.clientHeight >= this.scrollHeight - NEAR_END_PX) fire(this, 'scrolltolower', {})
    })
  }
  update(name, value) {
    if (name === 'scroll-top') this.scrollTop = value
  }
}

const NORMAL_REM_PX = 16

export class PageMeta extends Builtin {
  static fontScale = 1
  update(name, value) {
    if (name === 'root-font-size') document.documentElement.style.fontSize = value === 'system' ? NORMAL_REM_PX * PageMeta.fontScale + 'px' : value
  }
}

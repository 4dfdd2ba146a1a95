// form, input, textarea, picker, switch, radio, checkbox and their groups.
import { Builtin, fire, isOn } from './base.mjs'

export class Field extends Builtin {
  setup() {
    const control = this.control = document.createElement(this.localName.slice('wx-'.length))
    this.append(control)
    const detail = () => ({ value: control.value, cursor: control.selectionStart ?? 0 })
    control.addEventListener('input', event => {
      event.stopPropagation()
      this.given.value = control.value
      this.model?.value?.(control.value)
      this.grow()
      fire(this, 'input', { ...detail(), keyCode: 0 })
    })
    control.addEventListener('focus', () => fire(this, 'focus', { ...detail(), height: 0 }))
    control.addEventListener('blur', () => fire(this, 'blur', detail()))
    control.addEventListener('keydown', event => { if (event.key === 'Enter' && control.localName === 'input') fire(this, 'confirm', detail()) })
  }
  update(name, value) {
    const control = this.control
    if (name === 'value') {
      const text = value == null ? '' : String(value)
      if (control.value !== text) { control.value = text; this.grow() }
    }
    if (name === 'placeholder') control.placeholder = value ?? ''
    if (name === 'maxlength') Number(value) > 0 ? control.maxLength = Number(value) : control.removeAttribute('maxlength')
    if (name === 'disabled') control.disabled = isOn(value)
    if (name === 'type') control.inputMode = { number: 'numeric', digit: 'decimal' }[value] ?? 'text'
    if (name === 'password') control.type = isOn(value) ? 'password' : 'text'
    if (name === 'focus' && isOn(value)) control.focus()
    if (name === 'auto-height') this.grow()
    if (name === 'aria-label') { control.setAttribute('aria-label', value); this.removeAttribute('aria-label') } // one node speaks, not two
  }
  grow() { // textarea auto-height
    if (!isOn(this.given['auto-height'])) return
    this.control.style.height = 'auto'
    this.control.style.height = this.control.scrollHeight + 'px'
  }
  get value() { return this.control?.value ?? '' }
  set value(text) { if (this.control) this.control.value = text }
}

export class Form extends Builtin {
  fields() { return [...this.querySelectorAll('*')].filter(element => element.given?.name) }
  submit() { fire(this, 'submit', { value: Object.fromEntries(this.fields().map(field => [field.given.name, field.value])), formId: '' }) }
  reset() {
    for (const field of this.fields()) field.value = ''
    fire(this, 'reset', {})
  }
}

export class Picker extends Builtin {
  setup() { this.addEventListener('click', () => { if (!isOn(this.given.disabled)) this.open() }) }
  get value() { return this.given.value }
  set value(value) { this.given.value = value }
  open() {
    const { mode = 'selector', range = [], 'range-key': key } = this.given
    const mask = Object.assign(document.createElement('div'), { className: 'mp-mask' })
    const sheet = Object.assign(document.createElement('div'), { className: 'mp-sheet' })
    sheet.setAttribute('role', 'dialog')
    mask.append(sheet)
    const done = value => {
      mask.remove()
      if (value === undefined) { fire(this, 'cancel', {}); return }
      this.given.value = value
      fire(this, 'change', { value })
    }
    const choice = (text, value) => sheet.append(Object.assign(document.createElement('button'), { textContent: text, onclick: () => done(value()) }))
    mask.onclick = event => {
      event.stopPropagation()
      if (event.target === mask) done()
    }
    if (mode === 'selector') range.forEach((item, index) => choice(key ? item[key] : item, () => index))
    else if (mode === 'date' || mode === 'time') {
      const { value = '', start = '', end = '' } = this.given
      const input = Object.assign(document.createElement('input'), { type: mode, value, min: start, max: end })
      sheet.append(input)
      choice('确定', () => input.value)
    } else throw new Error(`picker mode "${mode}" is not simulated`)
    document.body.append(mask)
  }
}

export class Toggle extends Builtin {
  setup() {
    const control = this.control = document.createElement('input')
    control.type = this.localName === 'wx-radio' ? 'radio' : 'checkbox'
    this.prepend(control)
    control.addEventListener('change', event => {
      event.stopPropagation()
      const group = this.closest('wx-radio-group, wx-checkbox-group')
      if (control.type === 'radio') group?.querySelectorAll('wx-radio').forEach(other => { other.control.checked = other === this })
      fire(group || this, 'change', { value: group ? group.value : control.checked })
    })
  }
  update(name, value) {
    if (name === 'checked' || name === 'disabled') this.control[name] = isOn(value)
    if (name === 'aria-label') this.control.setAttribute('aria-label', value)
  }
  get value() { return !!this.control?.checked }
}

export class ToggleGroup extends Builtin {
  get value() {
    const chosen = [...this.querySelectorAll('wx-radio, wx-checkbox')].filter(toggle => toggle.control.checked).map(toggle => toggle.given.value)
    return this.localName === 'wx-radio-group' ? chosen[0] ?? '' : chosen
  }
}

// What all built-in components share. They are custom elements named wx-<tag>; backend.mjs hands each attribute to
// onAttr() as the raw value of the template (the DOM itself would turn lists and objects into strings).

/** Sends an event to the handlers that the template bound on this element. */
export const fire = (element, name, detail, options) => element.__wxElement?.triggerEvent(name, detail, options)

/** A boolean attribute of a template: present and not false. */
export const isOn = value => value !== false && value != null && value !== 'false'

export class Builtin extends HTMLElement {
  given = {} // attribute name -> raw value
  onAttr(name, value) {
    this.given[name] = value
    if (this.isReady) this.update?.(name, value)
  }
  connectedCallback() {
    if (this.isReady) return
    this.isReady = true
    this.setup?.()
    for (const [name, value] of Object.entries(this.given)) this.update?.(name, value)
  }
}

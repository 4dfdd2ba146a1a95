// Makes glass-easel draw native mini-program templates into the page's DOM.
import * as ge from 'glass-easel'

const RPX_PER_VW = 7.5
const rpxToVw = style => typeof style === 'string' ? style.replace(/(-?\d*\.?\d+)rpx\b/g, (_, n) => n / RPX_PER_VW + 'vw') : style

// The DOM backend turns every attribute into a string; our built-ins want the list or object itself.
const setAttribute = ge.Element.prototype.setAttribute
ge.Element.prototype.setAttribute = function (name, value) {
  this.getBackendElement()?.onAttr?.(name, value)
  return setAttribute.call(this, name, value == null || typeof value === 'object' ? false : value)
}

export class Backend extends ge.CurrentWindowBackendContext {
  sheets = new Map() // component path -> { id, element }
  document = {
    createTextNode: text => document.createTextNode(text),
    createDocumentFragment: () => document.createDocumentFragment(),
    createElement: tag => {
      const element = document.createElement(tag)
      const set = element.setAttribute.bind(element)
      element.setAttribute = (name, value) => set(name === 'aria-role' ? 'role' : name, name === 'style' ? rpxToVw(value) : value)
      return element
    },
  }
  /** model:value="{{x}}" on a built-in. */
  setModelBindingStat(element, name, listener) { (element.model ||= {})[name] = listener }
  /** Our built-ins raise their own events ("input", "change"…); only gestures come from the browser. */
  setListenerStats(element, type, capture, mutate) {
    if (/^(touch|mouse|click|transition|animation)/.test(type)) super.setListenerStats(element, type, capture, mutate)
  }
  appendStyleSheetPath(path, scope) {
    if (!this.sheets.has(path)) {
      const before = document.head.lastElementChild
      const id = super.appendStyleSheetPath(path, scope)
      const element = document.head.lastElementChild
      this.sheets.set(path, { id, element: element === before ? null : element })
    }
    return this.sheets.get(path).id
  }
  /** Passes the browser's gestures on as mini-program events; without this no handler is ever called. */
  listen() {
    const copy = list => [...(list || [])].map(({ identifier, pageX, pageY, clientX, clientY }) => ({ identifier, pageX, pageY, clientX, clientY }))
    this.onEvent((target, type, detail, options) => {
      const { originalEvent } = options
      const event = new ge.Event(type, detail, { ...options, extraFields: { touches: copy(originalEvent?.touches), changedTouches: copy(originalEvent?.changedTouches) } })
      ge.Event.dispatchEvent(target, event)
      return event.getEventBubbleStatus()
    })
  }
}

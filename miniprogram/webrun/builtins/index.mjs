// Registers every built-in component as a custom element.
import { BUILTINS } from './names.mjs'
import { Builtin } from './base.mjs'
import { Button, Label, Navigator, PageMeta, Picture, ScrollView } from './actions.mjs'
import { Field, Form, Picker, Toggle, ToggleGroup } from './fields.mjs'

const CLASSES = {
  button: Button, navigator: Navigator, image: Picture, label: Label, 'scroll-view': ScrollView, 'page-meta': PageMeta,
  form: Form, input: Field, textarea: Field, picker: Picker, switch: Toggle, radio: Toggle, checkbox: Toggle,
  'radio-group': ToggleGroup, 'checkbox-group': ToggleGroup,
}

export function defineBuiltins({ fontScale }) {
  PageMeta.fontScale = fontScale
  for (const name of BUILTINS) {
    const Base = CLASSES[name] ?? Builtin
    customElements.define('wx-' + name, class extends Base {}) // one class may serve several tags, an element needs its own
  }
}

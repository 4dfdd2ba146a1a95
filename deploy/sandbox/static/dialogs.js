// Questions in a window of their own: a form, or a yes. The browser's own <dialog> keeps the focus inside.

import { h, icon } from './dom.js'

function control(field) {
  const common = { id: `ask-${field.name}`, name: field.name, required: field.required }
  if (field.hint) common['aria-describedby'] = `ask-${field.name}-hint`
  if (field.groups) {
    const option = ([value, label]) => h('option', { value }, label)
    const select = h('select', common, field.groups.map(([label, options]) => (label ? h('optgroup', { label }, options.map(option)) : options.map(option))))
    if (field.value !== undefined) select.value = field.value
    return select
  }
  if (field.rows) return h('textarea', { ...common, rows: field.rows, maxlength: field.max, value: field.value ?? '' })
  return h('input', { ...common, type: field.type || 'text', maxlength: field.max, step: field.step, autocomplete: 'off', value: field.value ?? '', list: field.suggestions ? `ask-${field.name}-list` : null })
}

function row(field) {
  return h('div', { class: 'field' },
    h('label', { for: `ask-${field.name}` }, field.label),
    control(field),
    field.hint && h('p', { class: 'hint', id: `ask-${field.name}-hint` }, field.hint),
    field.suggestions && h('datalist', { id: `ask-${field.name}-list` }, field.suggestions.map(value => h('option', { value }))),
  )
}

/** Ask for `fields`; resolve to their values by name, or null when the person thought better of it. */
export function question({ title, about, fields = [], yes = '确定', isGrave = false, extra = null }) {
  return new Promise(resolve => {
    const close = h('button', { class: 'plain square', type: 'button', 'aria-label': '关闭' }, icon('close'))
    const form = h('form', {},
      h('div', { class: 'dialog-head' }, h('h2', {}, title), close),
      about && h('p', { class: 'about' }, about),
      fields.map(row),
      extra,
      h('div', { class: 'dialog-foot' },
        h('button', { class: 'secondary', type: 'button', on: { click: () => dialog.close() } }, '取消'),
        h('button', { class: isGrave ? 'grave' : 'primary', type: 'submit' }, yes)),
    )
    const dialog = h('dialog', { class: 'ask', 'aria-label': title }, form)
    let answer = null
    form.addEventListener('submit', event => {
      event.preventDefault()
      answer = Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, typeof value === 'string' ? value.trim() : value]))
      dialog.close()
    })
    close.addEventListener('click', () => dialog.close())
    dialog.addEventListener('click', event => { if (event.target === dialog) dialog.close() })
    dialog.addEventListener('close', () => {
      dialog.remove()
      resolve(answer)
    })
    document.body.append(dialog)
    dialog.showModal()
    form.querySelector('input, select, textarea')?.focus()
  })
}

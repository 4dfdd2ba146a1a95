// The built-in components that webrun can draw. A template that uses another one stops the build.
export const BUILTINS = [
  'view', 'text', 'image', 'button', 'form', 'input', 'textarea', 'label', 'picker', 'switch',
  'radio', 'radio-group', 'checkbox', 'checkbox-group', 'scroll-view', 'navigator', 'page-meta',
]

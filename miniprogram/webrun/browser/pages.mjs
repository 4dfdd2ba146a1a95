// The page stack: opening, closing, showing and hiding pages with WeChat's rules and lifetimes.
const DEEPEST = 10 // WeChat keeps at most ten pages
const NEAR_BOTTOM_PX = 50

/** What setData may carry between the two threads of a real mini-program: JSON, nothing else. */
function mustBeJson(value, where) {
  const bad = value === undefined || ['function', 'symbol', 'bigint'].includes(typeof value) || [Date, Map, Set, Promise].some(type => value instanceof type)
  if (bad) throw new Error(`setData: ${where} is ${value instanceof Object ? value.constructor.name : typeof value}, not JSON`)
  if (value && typeof value === 'object') for (const [key, inner] of Object.entries(value)) mustBeJson(inner, `${where}.${key}`)
}

export class Pages {
  stack = []

  constructor({ app, pages, components, backend, backendContext, codeSpace, bar }) {
    Object.assign(this, { app, pages, components, backend, backendContext, codeSpace, bar })
    this.watchScrolling()
  }
  get top() { return this.stack.at(-1) }
  get window() { return { ...this.app.window, ...this.components[this.top.path].json } }

  parse(url) {
    const [place, search = ''] = url.split('?')
    const path = place.startsWith('/') ? place.slice(1) : new URL(place, 'http://x/' + (this.top?.path || '')).pathname.slice(1)
    const pairs = search.split('&').filter(Boolean).map(pair => {
      const [key, ...rest] = pair.split('=')
      return [key, decodeURIComponent(rest.join('='))]
    })
    return { path, search, query: Object.fromEntries(pairs) }
  }
  /** Calls a page's method; a failure is an error in the console (which fails a test), not the end of the app. */
  call(page, name, ...args) {
    const complain = error => console.error(`${page.path} ${name}: ${error?.stack || error}`)
    try {
      const result = page.instance[name]?.(...args)
      result?.catch?.(complain)
      return result
    } catch (error) { complain(error) }
  }
  show(page) { page.root.getComponent().triggerPageLifetime('show', []); this.call(page, 'onShow') }
  hide(page) { page.root.getComponent().triggerPageLifetime('hide', []); this.call(page, 'onHide') }

  draw() {
    const { top, window: style } = this
    for (const page of this.stack) page.element.toggleAttribute('data-hidden', page !== top)
    for (const [path, { element }] of this.backendContext.sheets) {
      if (element && this.pages.includes(path)) element.disabled = path !== top.path // on a phone each page has its own web view
    }
    this.bar.draw(top.title ?? style.navigationBarTitleText ?? '', this.stack.length > 1, style)
    history.replaceState(null, '', location.search + '#/' + top.path + (top.search ? '?' + top.search : ''))
    scrollTo(0, top.scrollY || 0)
  }
  open(url) {
    const { path, search, query } = this.parse(url)
    if (!this.pages.includes(path)) throw new Error(`page "${path}" is not found`)
    const element = document.createElement('wx-page')
    const mark = document.createElement('span')
    element.append(mark)
    document.body.append(element)
    const root = this.backend.createRoot('wx-page-root', this.codeSpace, '/' + path)
    const instance = root.get()
    const page = { path, search, element, root, instance }
    Object.assign(instance, { route: path, options: query })
    const setData = instance.setData
    instance.setData = function (data, done) {
      for (const [key, value] of Object.entries(data)) mustBeJson(value, key)
      return setData.call(this, data, done)
    }
    this.stack.push(page)
    root.attach(element, mark)
    this.call(page, 'onLoad', query)
    this.draw()
    this.show(page)
    requestAnimationFrame(() => this.call(page, 'onReady'))
  }
  close() {
    const page = this.stack.pop()
    this.call(page, 'onUnload')
    page.root.release()
    page.element.remove()
  }
  navigate(way, options) {
    if (way === 'navigateBack') {
      if (this.stack.length < 2) throw new Error('cannot navigate back at first page.')
      for (let left = Math.min(options.delta || 1, this.stack.length - 1); left > 0; left--) this.close()
      this.draw()
      this.show(this.top)
      return
    }
    const { path, search } = this.parse(options.url)
    const url = '/' + path + (search ? '?' + search : '')
    if (!this.pages.includes(path)) throw new Error(`page "${path}" is not found`)
    if (way === 'navigateTo') {
      if (this.stack.length >= DEEPEST) throw new Error('webview count limit exceed')
      this.top.scrollY = scrollY
      this.hide(this.top)
    } else if (way === 'redirectTo') this.close()
    else while (this.stack.length) this.close() // reLaunch
    this.open(url)
  }
  /** The first element of the page in front that matches; ids and classes are those of the templates, not of the DOM. */
  find(selector) {
    const found = this.top.root.getComponent().getShadowRoot().querySelector(selector)
    if (!found) throw new Error(`selector "${selector}" is not found`)
    return found.getBackendElement()
  }
  /** The mini-program goes to the background and comes back, as when the person looks at a chat in between. */
  sleep() { this.hide(this.top) }
  wake() { this.show(this.top) }
  setTitle(title) { this.top.title = title; this.draw() }

  watchScrolling() {
    let wasNear = false
    addEventListener('scroll', () => {
      const isNear = innerHeight + scrollY >= document.documentElement.scrollHeight - NEAR_BOTTOM_PX
      this.call(this.top, 'onPageScroll', { scrollTop: scrollY })
      if (isNear && !wasNear) this.call(this.top, 'onReachBottom')
      wasNear = isNear
    })
  }
}

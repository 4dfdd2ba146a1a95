// Runs a compiled native mini-program in a browser page. Component model, templates, data binding, events and style scopes
// are WeChat's own glass-easel; everything else is in the files beside this one.
//
// Tests may set before load:  window.__mpLaunch = { path, scene, language, fontScale, privacy }   window.__wxMock = { api: value | function }
// and use afterwards:         window.__mp.fire('onPullDownRefresh')   window.wx.__calls
import * as ge from 'glass-easel'
import { MiniProgramEnv } from 'glass-easel-miniprogram-adapter'
import { BUILTINS } from '../builtins/names.mjs'
import { defineBuiltins } from '../builtins/index.mjs'
import { createWx } from '../wx/index.mjs'
import { Backend } from './backend.mjs'
import { createNavigationBar, createPullDown } from './frame.mjs'
import { Pages } from './pages.mjs'
import { sandboxFrom } from './sandbox.mjs'
import { liveIn } from './zone.mjs'

const DEFAULTS = { scene: 1001, language: 'zh_CN', fontScale: 1, privacy: false }

export async function boot({ app, pages, styles, scopes, promised, templates, components, loadApp }) {
  const sandbox = sandboxFrom(location.search)
  const person = await sandbox?.person().catch(() => null) // a sandbox that is down must not leave a blank phone
  if (person?.zone) liveIn(person.zone)
  const font = Number(new URLSearchParams(location.search).get('font')) || undefined // ?font=1.4: WeChat's large text
  const launch = { ...DEFAULTS, ...(person?.language && { language: person.language }), ...(font && { fontScale: font }), ...globalThis.__mpLaunch }
  defineBuiltins(launch)

  const environment = new MiniProgramEnv()
  const backendContext = new Backend()
  const backend = environment.associateBackend(backendContext)
  const codeSpace = environment.createCodeSpace('main', true)
  for (const name of BUILTINS) codeSpace.getComponentSpace().setGlobalUsingComponent(name, 'wx-' + name)
  backendContext.listen()

  const stack = new Pages({ app, pages, components, backend, backendContext, codeSpace, bar: createNavigationBar() })
  const pullDown = createPullDown(() => stack.window.enablePullDownRefresh, () => stack.call(stack.top, 'onPullDownRefresh'))
  const start = location.hash.startsWith('#/') ? location.hash.slice(1) : '/' + (launch.path || app.entryPagePath || pages[0])
  const { path, query } = stack.parse(start)
  const launchOptions = { path, query, scene: launch.scene, referrerInfo: {}, apiCategory: 'default' }

  let definition = {}
  let loading = '' // the component whose script runs now: Page() and Component() do not say their own path
  Object.assign(globalThis, {
    wx: createWx({ stack, promised, launch, launchOptions, sandbox, pullDown, mocks: globalThis.__wxMock }),
    App: given => { definition = given },
    getApp: () => definition,
    getCurrentPages: () => stack.stack.map(page => page.instance),
    Page: given => codeSpace.component(loading).pageDefinition(given).register(),
    Component: given => codeSpace.component(loading).definition(given).register(),
    Behavior: given => codeSpace.behavior().definition(given).register(),
    __mp: { ge, stack, fire: (name, ...args) => stack.call(stack.top, name, ...args) },
  })
  for (const [name, css] of Object.entries(styles)) {
    codeSpace.addStyleSheet(name, name, scopes[name] || undefined)
    backend.registerStyleSheetContent(name, css)
  }
  for (const [name, component] of Object.entries(components)) {
    codeSpace.addComponentStaticConfig(name, component.json)
    codeSpace.addCompiledTemplate(name, { groupList: templates, content: templates[name] })
  }
  loadApp()
  for (const [name, component] of Object.entries(components)) {
    loading = name
    component.load()
  }
  definition.onLaunch?.(launchOptions)
  definition.onShow?.(launchOptions)
  document.addEventListener('visibilitychange', () => document.hidden ? stack.sleep() : stack.wake())
  // A new hash from outside is a tap on a notice or a menu while the mini-program is open; our own navigation raises no such event.
  addEventListener('hashchange', () => { if (location.hash.startsWith('#/')) stack.navigate('reLaunch', { url: location.hash.slice(1) }) })
  stack.open(pages.includes(path) ? start : '/' + pages[0]) // WeChat, too, shows the entry page for a stale address
}

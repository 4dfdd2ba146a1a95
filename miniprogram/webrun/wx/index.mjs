// `wx` in the browser. Only what the app needs is here; the build refuses a wx API that is missing.
// Every call is kept in wx.__calls; window.__wxMock[name] (a value, or a function of the options; throw to fail) overrides a result.
import { device } from './device.mjs'
import { dialogs } from './dialogs.mjs'
import { identity } from './identity.mjs'
import { media } from './media.mjs'
import { network } from './network.mjs'
import { privacy } from './privacy.mjs'
import { storage } from './storage.mjs'

const BELOW_BAR_PX = 44 + 12
const TASKS = ['request', 'uploadFile', 'downloadFile'] // these return a task object, never a promise

/** Touches no browser object before an API is called, so that the build can ask in Node which names there are. */
export function createWx({ stack, promised, launch = {}, launchOptions, sandbox = null, pullDown, mocks = {} }) {
  const host = { stack, launch, sandbox, calls: [], files: new Map(), asksPrivacy: launch.privacy }
  const wx = { __calls: host.calls }
  host.wx = wx
  const asked = privacy(host)
  host.authorised = asked.authorised

  const navigation = Object.fromEntries(['navigateTo', 'redirectTo', 'reLaunch', 'navigateBack'].map(way => [way, options => stack.navigate(way, options)]))
  const withResult = {
    ...navigation, ...network(host), ...media(host), ...identity(host), ...dialogs(host), ...asked.apis,
    setNavigationBarTitle: ({ title }) => stack.setTitle(title),
    stopPullDownRefresh: () => pullDown.stop(),
    pageScrollTo: ({ scrollTop, selector }) => {
      scrollTo(0, selector ? stack.find(selector).getBoundingClientRect().top + scrollY - BELOW_BAR_PX : scrollTop || 0)
    },
  }
  for (const [name, work] of Object.entries(withResult)) wx[name] = wrap(name, work)
  Object.assign(wx, storage(host), device(host, launchOptions), { onNeedPrivacyAuthorization: asked.onNeedPrivacyAuthorization })
  wx.__openType = openType(host, mocks)
  return wx

  /** WeChat's calling conventions: callbacks always, a promise only where the official typings promise one. */
  function wrap(name, work) {
    return (options = {}) => {
      const { success, fail, complete, ...plain } = options
      host.calls.push([name, plain])
      const run = (async () => {
        if (!(name in mocks)) return work(options)
        return typeof mocks[name] === 'function' ? mocks[name](options) : mocks[name]
      })().then(
        result => ({ errMsg: name + ':ok', ...result }),
        error => { throw { errMsg: `${name}:fail ${error?.errMsg || error?.message || error}` } },
      )
      const hasCallbacks = success || fail || complete
      if (!hasCallbacks && promised.includes(name)) return run
      run.then(
        result => { success?.(result); complete?.(result) },
        error => { fail?.(error); complete?.(error) },
      )
      return TASKS.includes(name) ? { abort() {}, onProgressUpdate() {} } : undefined
    }
  }
}

/** <button open-type="…">: returns { event, detail } for the button to raise, or null. */
function openType(host, mocks) {
  return async (type, element, from = 'button') => {
    const { wx, stack, sandbox, calls } = host
    const name = 'open-type:' + type
    calls.push(['open-type', { type }])
    if (name in mocks) return { event: type.toLowerCase(), detail: typeof mocks[name] === 'function' ? mocks[name](element) : mocks[name] }
    if (type === 'agreePrivacyAuthorization') return { event: 'agreeprivacyauthorization', detail: {} }
    if (type === 'share') {
      const card = await stack.call(stack.top, 'onShareAppMessage', { from, target: element ? { dataset: { ...element.dataset } } : undefined })
      calls.push(['share', card ?? null])
      await wx.showModal({ title: '转发', content: card?.title ?? '这一页不能转发', showCancel: false })
      return null
    }
    if (type === 'getPhoneNumber') {
      const { confirm } = await wx.showModal({ title: '手机号', content: '申请获取你的手机号', cancelText: '拒绝', confirmText: '允许' })
      if (!confirm) return { event: 'getphonenumber', detail: { errMsg: 'getPhoneNumber:fail user deny' } }
      const { code } = sandbox ? await sandbox.phoneNumber() : { code: 'test-phone-code' }
      return { event: 'getphonenumber', detail: { errMsg: 'getPhoneNumber:ok', code } }
    }
    if (type === 'contact') {
      await wx.showModal({ title: '客服会话', content: '（仅在微信中打开）', showCancel: false })
      return { event: 'contact', detail: { path: '', query: {} } }
    }
    throw new Error(`open-type "${type}" is not simulated`)
  }
}

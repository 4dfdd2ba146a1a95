// The sandbox's own JSON under /sandbox/ (deploy/sandbox/API.md), and nothing else of the network.

export class SandboxError extends Error {
  constructor(message, status) {
    super(message)
    this.status = status
  }
}

async function ask(method, path, body, signal) {
  const isForm = body instanceof FormData
  let answer
  try {
    answer = await fetch('/sandbox' + path, {
      method,
      signal,
      headers: body && !isForm ? { 'Content-Type': 'application/json' } : {},
      body: body && !isForm ? JSON.stringify(body) : body,
    })
  } catch (error) {
    if (error.name === 'AbortError') throw error
    throw new SandboxError('沙箱没有应答。它还在运行吗？', 0)
  }
  const told = await answer.json().catch(() => ({}))
  if (!answer.ok) throw new SandboxError(told.error || `沙箱答了 ${answer.status}`, answer.status)
  return told
}

const query = given => {
  const kept = Object.entries(given).filter(([, value]) => value !== undefined && value !== null && value !== '')
  return kept.length ? '?' + new URLSearchParams(kept) : ''
}

export const accounts = () => ask('GET', '/accounts')
export const verify = appid => ask('POST', `/accounts/${appid}/verify`, {})
export const spoilTokens = (appid, action) => ask('POST', `/accounts/${appid}/tokens`, { action })

export const people = (q = '', page = 1) => ask('GET', '/followers' + query({ q, page }))
export const person = id => ask('GET', `/followers/${id}`)
export const createPerson = given => ask('POST', '/followers', given)
export const menu = (id, appid) => ask('GET', `/followers/${id}/menu` + query({ appid }))
export const timeline = (id, given, signal) => ask('GET', `/followers/${id}/timeline` + query(given), undefined, signal)

/** Do something with the phone: act(7, 'text', { appid, content: '在吗' }). */
export const act = (id, name, body, wait = false) => ask('POST', `/followers/${id}/${name}` + (wait ? '?wait=1' : ''), body)
export function sendPicture(id, appid, file) {
  const form = new FormData()
  form.append('appid', appid)
  form.append('file', file, file.name)
  return ask('POST', `/followers/${id}/image`, form)
}

export const log = (name, given) => ask('GET', `/${name}` + query(given))
export const emptyLog = name => ask('DELETE', `/${name}`)

export const faults = () => ask('GET', '/faults')
export const addFault = rule => ask('POST', '/faults', rule)
export const removeFault = id => ask('DELETE', `/faults/${id}`)
export const removeFaults = () => ask('DELETE', '/faults')

export const clock = () => ask('GET', '/clock')
export const advance = seconds => ask('POST', '/clock', { advance_seconds: seconds })
export const reset = keepAccounts => ask('POST', '/reset', { keep_accounts: keepAccounts })

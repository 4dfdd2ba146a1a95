// Who is speaking to the server: an opaque token, got with a WeChat sign-in code and kept on the phone.
import { ACCOUNT } from './config'
import { ApiError, Headers, request, silence } from './http'
import { Person } from './types'

const TOKEN = 'session'
interface Session { token: string; expires_at: string }

let pending: Promise<string> | null = null // pages that open together share one sign-in

/** Resolves with a token, signing in when there is none or it has run out. Rejects with ApiError. */
export function signIn(): Promise<string> {
  const kept = wx.getStorageSync(TOKEN) as Session | ''
  if (kept && Date.parse(kept.expires_at) > Date.now()) return Promise.resolve(kept.token)
  pending ??= newSession().finally(() => { pending = null })
  return pending
}

async function newSession(): Promise<string> {
  const code = await wx.login().then(answer => answer.code, error => { throw silence(String(error?.errMsg ?? '')) })
  const { token, expires_at, person } = await request<Session & { person: Person }>('POST', '/api/v1/sessions', {}, { account: ACCOUNT, code })
  wx.setStorageSync(TOKEN, { token, expires_at })
  rememberPerson(person)
  return token
}

/** Runs a call with a token. A token that the server no longer knows is replaced once, then the call is repeated once. */
export async function signedIn<T>(call: (header: Headers) => Promise<T>): Promise<T> {
  const bearer = (token: string) => ({ Authorization: 'Bearer ' + token })
  const token = await signIn()
  try {
    return await call(bearer(token))
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 401) throw error
    const kept = wx.getStorageSync(TOKEN) as Session | ''
    if (kept && kept.token === token) wx.removeStorageSync(TOKEN) // another call may already have renewed it
    return call(bearer(await signIn()))
  }
}

const PERSON = 'person'
/** The profile as last seen, so that the home page can greet at once and without a network. */
export const rememberedPerson = (): Person | null => (wx.getStorageSync(PERSON) as Person | '') || null
export function rememberPerson(person: Person): Person {
  wx.setStorageSync(PERSON, person)
  return person
}

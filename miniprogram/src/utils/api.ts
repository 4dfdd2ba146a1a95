// The server's /api/v1, one function per thing the mini-program asks of it. All reject with ApiError.
// Whatever creates something carries an Idempotency-Key: repeated after a lost answer it creates nothing twice.
import { ACCOUNT } from './config'
import { ApiError, download, Method, request, upload } from './http'
import { rememberPerson, signedIn } from './session'
import { Case, CaseItem, FileId, NewCase, Person, Site, Step } from './types'

type Fields = WechatMiniprogram.IAnyObject

function send<T>(method: Method, path: string, data?: Fields, key?: string): Promise<T> {
  return signedIn(header => request<T>(method, path, key ? { ...header, 'Idempotency-Key': key } : header, data))
}

/** Reading may be repeated freely, and one lost packet between Milan and China is common: try twice. */
async function read<T>(path: string): Promise<T> {
  try {
    return await send<T>('GET', path)
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 0) throw error
    return send<T>('GET', path)
  }
}

/** What everybody may see; needs no sign-in, so that the office's telephone number appears even when signing in fails. */
export const fetchSite = () => request<Site>('GET', '/api/v1/site?account=' + ACCOUNT, {})

export const fetchMe = () => read<Person>('/api/v1/me').then(rememberPerson)
export const changeMe = (fields: Partial<Omit<Person, 'id'>>) => send<Person>('PUT', '/api/v1/me', fields).then(rememberPerson)

export const reportSubscription = (key: string) =>
  send<{ remaining: number }>('POST', '/api/v1/me/subscriptions', { template: 'case_progress', accepted: true }, key)

export const submitCase = (fields: NewCase, key: string) => send<Case>('POST', '/api/v1/cases', fields, key)
export const fetchCase = (number: string) => read<Case>('/api/v1/cases/' + encodeURIComponent(number))
export const supplementCase = (number: string, fields: { body: string; files: FileId[] }, key: string) =>
  send<Step>('POST', `/api/v1/cases/${encodeURIComponent(number)}/supplements`, fields, key)

export interface CasePage { items: CaseItem[]; next_cursor: string | null }
export const fetchCases = (cursor = '') =>
  read<CasePage>('/api/v1/cases?limit=20' + (cursor ? '&cursor=' + encodeURIComponent(cursor) : ''))

export const uploadPhoto = (filePath: string, key: string) =>
  signedIn(header => upload<{ id: FileId }>('/api/v1/files', { ...header, 'Idempotency-Key': key }, filePath))

/** A photo of one's own as a temporary file: <image> cannot send the Authorization header that the server asks for. */
export const fetchPhoto = (id: FileId, url = `/api/v1/files/${id}`) => signedIn(header => download(url, header))

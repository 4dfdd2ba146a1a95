// The server's /api/v1, one function per thing the mini-program asks of it. All reject with ApiError.
// Whatever creates something carries an Idempotency-Key: repeated after a lost answer it creates nothing twice.
import { ACCOUNT } from './config'
import { ApiError, download, Method, request, upload } from './http'
import { rememberPerson, signedIn } from './session'
import { Agreement, AgreementEntry, Case, CaseItem, Closure, Correction, CorrectionField, DataCopy, FileId, HeldSection, Letter, LetterItem, LetterReply, NewCase, Notice, Person, Site, Step } from './types'

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

/** Personal data: what is held, what is allowed, corrections, a copy, closing the account. */
export const fetchNotice = () => request<Notice>('GET', '/api/v1/notice?account=' + ACCOUNT, {})
export const fetchHoldings = () => read<{ sections: HeldSection[] }>('/api/v1/me/holdings')
export const fetchAgreements = () => read<{ items: Agreement[]; history: AgreementEntry[] }>('/api/v1/me/agreements')
export const sayAgreement = (one: Agreement, given: boolean, key: string) =>
  send<Agreement>('POST', '/api/v1/me/agreements', { purpose: one.purpose, given, version: one.version }, key)
export const fetchCorrections = () => read<{ fields: CorrectionField[]; items: Correction[] }>('/api/v1/me/corrections')
export const askCorrection = (fields: Record<string, string>, words: string, key: string) =>
  send<Correction>('POST', '/api/v1/me/corrections', { fields, words }, key)
export const dropCorrection = (id: number) => send<unknown>('DELETE', `/api/v1/me/corrections/${id}`)
export const fetchCopy = () => read<{ copy: DataCopy | null }>('/api/v1/me/copies')
export const orderCopy = (key: string) => send<DataCopy>('POST', '/api/v1/me/copies', {}, key)
export const fetchCopyFile = (id: string) => signedIn(header => download(`/api/v1/me/copies/${id}/file`, header))
export const fetchClosure = () => read<Closure>('/api/v1/me/closure')
export const closeAccount = (openCases: string | null, key: string) =>
  send<Closure>('POST', '/api/v1/me/closure', { sure: true, open_cases: openCases }, key)
export const keepAccount = () => send<unknown>('DELETE', '/api/v1/me/closure')

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

/** Letters from the hometown (电子家书), with one's own name in them. */
export const fetchLetters = () => read<{ items: LetterItem[] }>('/api/v1/letters').then(page => page.items)
export const fetchLetter = (code: string) => read<Letter>('/api/v1/letters/' + encodeURIComponent(code))
export const replyToLetter = (code: string, words: string, mayFeature: boolean, key: string) =>
  send<LetterReply>('POST', `/api/v1/letters/${encodeURIComponent(code)}/replies`, { words, may_feature: mayFeature }, key)

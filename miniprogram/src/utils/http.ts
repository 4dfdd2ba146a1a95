// One call over the network, and what can go wrong with it in words a person can act on.
import { API_BASE } from './config'
import { strings } from './i18n'

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE' // wx.request knows no PATCH
export type Headers = Record<string, string>

const TIMEOUT_MS = 20000 // from abroad a request may take long; beyond this people believe the phone hangs

/** A call that did not succeed. `title` and `detail` are Chinese sentences meant for the person. */
export class ApiError extends Error {
  constructor(
    readonly status: number, // 0: no answer came
    readonly code: string,
    readonly title: string,
    readonly detail: string,
    readonly fields: Record<string, string[]> = {},
  ) { super(title) }

  /** The server may or may not have done what was asked: no answer, or it failed half-way. */
  get isUnsure() { return this.status === 0 || this.status >= 500 }
}

interface Problem { title?: string; detail?: string; code?: string; errors?: Record<string, string[]> }

function asProblem(data: unknown): Problem {
  if (typeof data !== 'string') return (data as Problem | null) ?? {}
  try { return JSON.parse(data) as Problem } catch { return {} }
}

/** Makes an error of an answer: the server's own words (problem+json) where it gave some. */
export function refusal(status: number, data: unknown): ApiError {
  const t = strings().trouble
  const { title, detail, code, errors } = asProblem(data)
  const own = status >= 500 ? t.server : t.refused
  return new ApiError(status, code ?? '', title ?? own.title, detail ?? (title ? '' : own.detail), errors ?? {})
}

/** Makes an error of "no answer at all". */
export function silence(errMsg: string): ApiError {
  const t = strings().trouble
  const words = /time\s?d?-?\s?out/i.test(errMsg) ? t.slow : t.offline
  return new ApiError(0, 'no_answer', words.title, words.detail)
}

export function absolute(path: string): string { return /^https?:/.test(path) ? path : API_BASE + path }

/** Resolves with the parsed body of a 2xx answer, rejects with ApiError. */
export function request<T>(method: Method, path: string, header: Headers, data?: WechatMiniprogram.IAnyObject): Promise<T> {
  return new Promise((resolve, reject) => {
    wx.request({
      url: absolute(path), method, data, header, timeout: TIMEOUT_MS,
      success: answer => answer.statusCode < 300 ? resolve(answer.data as T) : reject(refusal(answer.statusCode, answer.data)),
      fail: error => reject(silence(error.errMsg)),
    })
  })
}

export function upload<T>(path: string, header: Headers, filePath: string): Promise<T> {
  return new Promise((resolve, reject) => {
    wx.uploadFile({
      url: absolute(path), filePath, name: 'file', header, timeout: TIMEOUT_MS * 3,
      success: answer => answer.statusCode < 300 ? resolve(JSON.parse(answer.data) as T) : reject(refusal(answer.statusCode, answer.data)),
      fail: error => reject(silence(error.errMsg)),
    })
  })
}

/** Resolves with the path of a temporary copy on the phone. */
export function download(path: string, header: Headers): Promise<string> {
  return new Promise((resolve, reject) => {
    wx.downloadFile({
      url: absolute(path), header, timeout: TIMEOUT_MS * 3,
      success: answer => answer.statusCode < 300 ? resolve(answer.tempFilePath) : reject(refusal(answer.statusCode, null)),
      fail: error => reject(silence(error.errMsg)),
    })
  })
}

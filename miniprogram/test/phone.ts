// A phone for unit tests: storage, sign-in, and a network whose answers a test writes down beforehand.
export interface Sent { url: string; method: string; header: Record<string, string>; data?: unknown }
export type Answer = { statusCode: number; data: unknown } | { errMsg: string }

export const store = new Map<string, string>()
export const sent: Sent[] = []
export let logins = 0
let answers: Answer[] = []

/** The next calls get these answers, in this order. */
export function willAnswer(...given: Answer[]) { answers = given }
export const ok = (data: unknown, statusCode = 200): Answer => ({ statusCode, data })
export const session = (token: string): Answer => ok({ token, expires_at: '2999-01-01T00:00:00Z', person: { id: 1, language: 'zh-Hans' } }, 201)

export function reset() {
  store.clear()
  sent.length = 0
  answers = []
  logins = 0
}

type Call = Sent & { success: (answer: unknown) => void; fail: (error: { errMsg: string }) => void }
const call = (options: Call) => {
  sent.push({ url: options.url, method: options.method ?? 'GET', header: options.header, data: options.data })
  const answer = answers.shift() ?? { errMsg: 'request:fail' }
  setTimeout(() => 'errMsg' in answer ? options.fail(answer) : options.success(answer))
}
Object.assign(globalThis, {
  wx: {
    // as on a phone: a copy goes in, a copy comes out, '' for a missing key
    getStorageSync: (key: string) => store.has(key) ? JSON.parse(store.get(key)!) : '',
    setStorageSync: (key: string, value: unknown) => { store.set(key, JSON.stringify(value)) },
    removeStorageSync: (key: string) => { store.delete(key) },
    login: async () => ({ code: 'code-' + ++logins }),
    request: call,
    uploadFile: call,
    downloadFile: call,
  },
})

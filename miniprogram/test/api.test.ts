import test, { beforeEach } from 'node:test'
import assert from 'node:assert/strict'
import { logins, ok, reset, sent, session, store, willAnswer } from './phone'
import { changeMe, fetchCase, fetchCases, fetchSite, submitCase, uploadPhoto } from '../src/utils/api'
import { API_BASE } from '../src/utils/config'
import { ApiError } from '../src/utils/http'

beforeEach(reset)
const paths = () => sent.map(call => call.method + ' ' + call.url.replace(API_BASE, ''))
const failed = async (promise: Promise<unknown>) => promise.then(() => assert.fail('should fail'), error => { assert.ok(error instanceof ApiError); return error })

test('signs in once for calls that start together', async () => {
  willAnswer(session('t'), ok({ items: [] }), ok({ number: '1' }))
  await Promise.all([fetchCases(), fetchCase('1')])
  assert.equal(logins, 1)
  assert.deepEqual(sent.slice(1).map(call => call.header.Authorization), ['Bearer t', 'Bearer t'])
})

test('renews a token that the server has forgotten, once, and repeats the call', async () => {
  willAnswer(session('old'), ok(null, 401), session('new'), ok({ number: '1' }))
  assert.deepEqual(await fetchCase('1'), { number: '1' })
  assert.deepEqual(paths(), ['POST /api/v1/sessions', 'GET /api/v1/cases/1', 'POST /api/v1/sessions', 'GET /api/v1/cases/1'])
  assert.equal(sent[3].header.Authorization, 'Bearer new')
})

test('does not try a third time', async () => {
  willAnswer(session('old'), ok(null, 401), session('new'), ok({ title: '请重新登录' }, 401))
  const error = await failed(fetchCase('1'))
  assert.equal(error.title, '请重新登录')
})

test('signs in again when the token has run out', async () => {
  store.set('session', JSON.stringify({ token: 'stale', expires_at: '2020-01-01T00:00:00Z' }))
  willAnswer(session('fresh'), ok({ items: [] }))
  await fetchCases()
  assert.equal(sent[1].header.Authorization, 'Bearer fresh')
})

test('reads again after silence, but never writes again by itself', async () => {
  willAnswer(session('t'), { errMsg: 'request:fail' }, ok({ items: [] }))
  await fetchCases()
  reset()
  willAnswer(session('t'), { errMsg: 'request:fail timeout' }, ok({}))
  const error = await failed(submitCase({} as never, 'k'.repeat(24)))
  assert.deepEqual(paths(), ['POST /api/v1/sessions', 'POST /api/v1/cases'])
  assert.equal(error.isUnsure, true)
  assert.match(error.title, /网络太慢/)
})

test('says the words of the server, and its own where there are none', async () => {
  willAnswer(ok({ title: '请改一改', detail: '题目太长', code: 'invalid', errors: { subject: ['请不要超过 60 个字'] } }, 422))
  const spoken = await failed(fetchSite())
  assert.deepEqual([spoken.title, spoken.detail, spoken.code, spoken.fields.subject[0], spoken.isUnsure], ['请改一改', '题目太长', 'invalid', '请不要超过 60 个字', false])
  willAnswer(ok('<html>Bad Gateway</html>', 502))
  const mute = await failed(fetchSite())
  assert.deepEqual([mute.title, mute.isUnsure], ['服务暂时打不开', true])
  willAnswer({ errMsg: 'request:fail errcode:-118 ERR_CONNECTION_REFUSED' })
  assert.equal((await failed(fetchSite())).title, '网络连不上')
})

test('carries the key of the form on everything that creates', async () => {
  willAnswer(session('t'), ok({ number: '1' }, 201), { statusCode: 201, data: '{"id":"f1"}' })
  await submitCase({} as never, 'key-of-the-form-00000001')
  await uploadPhoto('wxfile://a.jpg', 'key-of-the-photo-0000001')
  assert.deepEqual(sent.slice(1).map(call => call.header['Idempotency-Key']), ['key-of-the-form-00000001', 'key-of-the-photo-0000001'])
})

test('changes the profile with a method that wx.request knows', async () => {
  willAnswer(session('t'), ok({ id: 1, salutation: '陈阿姨' }))
  await changeMe({ salutation: '陈阿姨' })
  assert.deepEqual(paths().at(-1), 'PUT /api/v1/me')
  assert.equal(JSON.parse(store.get('person')!).salutation, '陈阿姨')
})

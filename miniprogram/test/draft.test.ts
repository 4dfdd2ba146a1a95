import test, { beforeEach } from 'node:test'
import assert from 'node:assert/strict'
import { reset } from './phone'
import { dropCaseDraft, emptyCase, isTouched, loadCaseDraft, loadSupplement, saveCaseDraft, saveSupplement } from '../src/utils/draft'
import { newKey } from '../src/utils/keys'

beforeEach(reset)

test('a draft comes back with its key, each kind its own', () => {
  const petition = { ...emptyCase('IT'), subject: '老屋' }
  saveCaseDraft('petition', petition)
  assert.deepEqual(loadCaseDraft('petition'), petition)
  assert.equal(loadCaseDraft('consultation'), null)
  dropCaseDraft('petition')
  assert.equal(loadCaseDraft('petition'), null)
})

test('photos that did not arrive are gone after a restart, the others stay without their temporary file', () => {
  saveCaseDraft('petition', {
    ...emptyCase(),
    photos: [
      { key: 'a', id: 7, path: 'wxfile://tmp/a', state: 'done' },
      { key: 'b', id: '', path: 'wxfile://tmp/b', state: 'uploading' },
    ],
  })
  assert.deepEqual(loadCaseDraft('petition')?.photos, [{ key: 'a', id: 7, path: '', state: 'done' }])
})

test('a draft of an older version of the mini-program is completed, not lost', () => {
  saveCaseDraft('petition', { key: 'old', subject: '老屋' } as never)
  const draft = loadCaseDraft('petition')
  assert.deepEqual([draft?.key, draft?.subject, draft?.contact, draft?.photos], ['old', '老屋', '', []])
})

test('supplements are kept per case', () => {
  saveSupplement('YX1', { key: 'k', body: '收据', photos: [] })
  assert.equal(loadSupplement('YX1')?.body, '收据')
  assert.equal(loadSupplement('YX2'), null)
})

test('the country alone, which is filled in by itself, is not a draft', () => {
  assert.equal(isTouched(emptyCase('IT')), false)
  assert.equal(isTouched({ ...emptyCase(), body: ' ' }), false)
  assert.equal(isTouched({ ...emptyCase(), body: '祖屋' }), true)
})

test('keys are of the form that the server takes, and differ', () => {
  const keys = Array.from({ length: 1000 }, newKey)
  assert.ok(keys.every(key => /^[A-Za-z0-9_-]{16,64}$/.test(key)))
  assert.equal(new Set(keys).size, keys.length)
})

import test from 'node:test'
import assert from 'node:assert/strict'
import './phone'
import { Photo } from '../src/utils/draft'
import { checkCase, checkSupplement, length } from '../src/utils/validate'

const photo = (state: Photo['state']): Photo => ({ key: 'k', id: state === 'done' ? 1 : '', path: '', state })
const good = { topic: 'house', subject: '老屋没有证', body: '一九九八年申请至今', contact: '', photos: [photo('done')], agreed: true }

test('accepts a complete form', () => assert.deepEqual(checkCase(good), {}))

test('names everything that is missing', () => {
  const errors = checkCase({ topic: '', subject: ' ', body: '  四个字 ', contact: '', photos: [], agreed: false })
  assert.deepEqual(Object.keys(errors).sort(), ['body', 'consent', 'subject', 'topic'])
})

test('counts as the server does', () => {
  assert.equal(length(' 𠮷🀄️ '), 3) // 🀄️ is a sign and a variation mark, for Python too
  assert.deepEqual(checkCase({ ...good, subject: '𠮷'.repeat(60) }), {})
  assert.match(checkCase({ ...good, subject: '字'.repeat(61) }).subject ?? '', /60/)
  assert.match(checkCase({ ...good, contact: '1'.repeat(61) }).contact ?? '', /60/)
  assert.match(checkCase({ ...good, body: '字'.repeat(5001) }).body ?? '', /5000/)
})

test('waits for photos', () => {
  assert.match(checkCase({ ...good, photos: [photo('uploading')] }).photos ?? '', /还在上传/)
  assert.match(checkCase({ ...good, photos: [photo('failed')] }).photos ?? '', /没传上去/)
})

test('a supplement needs words', () => {
  assert.deepEqual(Object.keys(checkSupplement({ body: ' ', photos: [] })), ['body'])
  assert.deepEqual(checkSupplement({ body: '收据', photos: [] }), {})
  assert.match(checkSupplement({ body: '字'.repeat(2001), photos: [] }).body ?? '', /2000/)
})

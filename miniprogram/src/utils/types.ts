// What the server's /api/v1 says, as far as the mini-program uses it. Instants are ISO 8601 in UTC; dates are days in China.

export type Kind = 'petition' | 'consultation'
export type FileId = string | number

export interface Person {
  id: string | number
  salutation: string | null
  country: string | null
  zone: string | null
  language: string
  hometown: string | null
  part_of_day: string | null
}
export interface Topic { code: string; name: string; note?: string | null }
export interface Country { code: string; name: string; zone: string }

export interface Site {
  tenant: { name: string }
  service_promise: string[]
  notices: { before_submit: string[]; emergency: string }
  office: { address: string; phone: string; hours: string }
  next_festival: { name: string; date: string; days_left: number } | null
  kinds: { code: Kind; name: string; hint: string }[]
  topics: Record<Kind, Topic[]>
  countries: Country[]
  subscription_templates: { case_progress: string | null }
  consent: { version: string; text: string }
}

export interface LetterItem { code: string; festival: string }
export interface LetterReply { name: string; country_name: string | null; words: string; at: string; answer: string | null }
export interface Letter extends LetterItem {
  mourning: boolean
  from: string
  text: string
  photos: { url: string; caption: string }[]
  news: { title: string; url: string }[]
  featured: LetterReply[]
  mine: LetterReply[]
}

export interface CaseItem {
  number: string
  kind: Kind
  kind_name: string
  topic_name: string
  subject: string
  state: string
  state_name: string
  submitted_at: string
  updated_at: string
  unread: boolean
}
export interface Step { at: string; state: string; state_name: string; text: string; actor: 'you' | 'office' | 'system' }
export interface Case extends CaseItem {
  body: string
  files: { id: FileId; url: string }[]
  answer_by: string | null
  handler: string | null
  timeline: Step[]
  may_supplement: boolean
}
export interface HeldLine { label: string; value: string; field: string | null }
export interface HeldSection { code: string; title: string; note: string; lines: HeldLine[] }
export interface Agreement {
  purpose: string
  name: string
  text: string
  version: string
  state: 'given' | 'withdrawn' | 'presumed' | 'not_asked'
  state_name: string
  allowed: boolean
  may_change: boolean
  since: string | null
  ending: string
}
export interface AgreementEntry { at: string; name: string; given: boolean; way_name: string; version: string; text: string }
export interface CorrectionField { field: string; label: string; value: string }
export interface Correction {
  id: number
  kind_name: string
  state: 'open' | 'accepted' | 'refused' | 'taken_back'
  state_name: string
  changes: { label: string; before: string; wanted: string }[]
  words: string
  asked_at: string
  answer_by: string
  reason: string | null
  unread: boolean
}
export interface DataCopy { id: string; state: 'preparing' | 'ready'; asked_at: string; expires_at: string | null; size: number | null }
export interface Closure {
  closing: boolean
  due_at: string | null
  open_cases: 'withdraw' | 'answer_first' | null
  waiting: { number: string; kind_name: string; subject: string; answer_by: string }[]
  consequences: string[]
  days: number
}
export interface Notice {
  handler: string
  version: string
  terms: { purpose: string; name: string; text: string; kinds: string[]; recipients: string[]; kept: string; ending: string }[]
  rights: string[]
  office: Site['office']
}
export interface NewCase {
  kind: Kind
  topic: string
  subject: string
  body: string
  country?: string
  contact?: string
  files: FileId[]
  consent_version: string
}

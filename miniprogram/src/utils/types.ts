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

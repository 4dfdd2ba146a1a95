// The state of a case as a small label. The words come from the server; the colour only repeats them.
const DONE = ['answered', 'replied', 'closed', 'archived', 'rated', 'answered_direct', 'transferred', 'not_accepted']
const NEEDS_YOU = ['need_supplement']

Component({
  properties: { code: String, text: String },
  data: { look: 'open' },
  observers: {
    code(code: string) { this.setData({ look: DONE.includes(code) ? 'done' : NEEDS_YOU.includes(code) ? 'you' : 'open' }) },
  },
})

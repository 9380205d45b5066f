import { describe, expect, it } from 'vitest'
import { firstPath, menuFor } from '@/shell/menu'

const held = (...permissions: string[]) => (p: string) => permissions.includes(p)
const paths = (groups: ReturnType<typeof menuFor>) => groups.flatMap((g) => g.entries.map((e) => e.path))

describe('the menu of an agent', () => {
  it('is the desk alone while no firm is chosen, and the first page', () => {
    expect(paths(menuFor(undefined, held(), true))).toEqual(['/agent'])
    expect(firstPath(undefined, held(), true)).toBe('/agent')
  })
  it('stands before the pages of the firm he acts for, which are those of his scopes', () => {
    expect(paths(menuFor('enterprise', held('filing.read', 'dashboard.read'), true))).toEqual(['/agent', '/home', '/filing', '/filing/history', '/template', '/electricity-accounts'])
  })
  it('stands behind the own firm of a member, who starts there', () => {
    const can = held('dashboard.read', 'member.read', 'agent.read')
    expect(paths(menuFor('enterprise', can, true))).toEqual(['/home', '/members', '/agents', '/agent'])
    expect(firstPath('enterprise', can, true)).toBe('/home')
  })
  it('is not there for others, nor at the operator', () => {
    expect(paths(menuFor('enterprise', held('dashboard.read')))).toEqual(['/home'])
    expect(paths(menuFor('operator', held('ops.jobs.read'), true))).toEqual(['/ops/jobs'])
  })
})

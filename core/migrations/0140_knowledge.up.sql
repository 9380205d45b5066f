-- Public texts with versions (privacy, policy, how grading works, help): ops_data edits a draft, an ops_approver who did not
-- write in it publishes. A published version is never changed: people agreed to exactly these bytes (P6).

create table public_text (
  id uuid primary key,
  slug text not null check (slug ~ '\A[a-z][a-z0-9-]{1,39}\Z'),
  title text not null check (length(title) between 1 and 60),
  text text not null check (length(text) between 1 and 60000),
  state text not null check (state in ('draft', 'proposed', 'published')),
  origin text not null check (origin in ('shipped', 'operator')),
  version int check (version >= 1),
  sha256 text check (sha256 = encode(sha256(convert_to(text, 'UTF8')), 'hex')),
  effective date,                       -- from this Beijing day on; null in a draft: the day of publication
  revision int not null default 1,      -- of the draft, against two editors at once
  writers uuid[] not null default '{}', -- who wrote in the draft: none of them may publish it
  note text not null default '',        -- why an approver gave it back
  edited_at timestamptz not null,
  published_by uuid,
  published_at timestamptz,
  check ((state = 'published') = (version is not null)),
  check ((state = 'published') = (published_at is not null)),
  check ((state = 'published') = (sha256 is not null)),
  check (state <> 'published' or effective is not null)
);
create unique index public_text_version on public_text (slug, version) where state = 'published';
create unique index public_text_draft on public_text (slug) where state <> 'published';
call make_shared_table('public_text');

create function public_text_stands() returns trigger language plpgsql as $$
begin
  if old.state = 'published' then raise exception 'a published text is never changed' using errcode = '42501'; end if;
  return case tg_op when 'DELETE' then old else new end;
end $$;
revoke all on function public_text_stands() from public;
create trigger public_text_stands before update or delete on public_text for each row execute function public_text_stands();

-- Save the draft of a slug, or begin one (p_revision 0). Outcome: ok | stale; the draft's id and revision.
create function public_text_save(p_id uuid, p_slug text, p_title text, p_text text, p_effective date, p_revision int, p_propose boolean,
                                 p_now timestamptz, out outcome text, out text_id uuid, out revision_now int)
language plpgsql security definer set search_path = public, pg_temp as $$
declare me uuid := coalesce(cur_person(), cur_account()); target text := case when p_propose then 'proposed' else 'draft' end;
begin
  if cur_kind() is distinct from 'operator' or me is null then raise exception 'operators only' using errcode = '42501'; end if;
  perform pg_advisory_xact_lock(hashtextextended('public_text ' || p_slug, 0));
  if p_revision = 0 then
    insert into public_text (id, slug, title, text, state, origin, effective, writers, edited_at)
      values (p_id, p_slug, p_title, p_text, target, 'operator', p_effective, array[me], p_now)
      on conflict do nothing returning id, revision into text_id, revision_now;
  else
    update public_text t set title = p_title, text = p_text, state = target, effective = p_effective, revision = t.revision + 1, note = '',
           writers = case when me = any (t.writers) then t.writers else t.writers || me end, edited_at = p_now
     where t.slug = p_slug and t.state <> 'published' and t.revision = p_revision returning t.id, t.revision into text_id, revision_now;
  end if;
  outcome := case when text_id is null then 'stale' else 'ok' end;
end $$;
call app_function('public_text_save(uuid, text, text, text, date, int, boolean, timestamptz)');

-- Publish or give back what was proposed. Outcome: ok | not_found | stale | not_proposed | same_person | past | unchanged.
create function public_text_decide(p_id uuid, p_revision int, p_publish boolean, p_note text, p_now timestamptz, p_today date, out outcome text,
                                   out slug_of text, out version_now int)
language plpgsql security definer set search_path = public, pg_temp as $$
declare t public_text; me uuid := coalesce(cur_person(), cur_account());
begin
  if cur_kind() is distinct from 'operator' or me is null then raise exception 'operators only' using errcode = '42501'; end if;
  select * into t from public_text where id = p_id and state <> 'published';
  if not found then outcome := 'not_found'; return; end if;
  perform pg_advisory_xact_lock(hashtextextended('public_text ' || t.slug, 0));
  select * into t from public_text where id = p_id and state <> 'published' for update;
  slug_of := t.slug;
  outcome := case when t.id is null then 'not_found' when t.revision <> p_revision then 'stale' when t.state <> 'proposed' then 'not_proposed'
                  when me = any (t.writers) then 'same_person' when p_publish and t.effective < p_today then 'past' else 'ok' end;
  if outcome <> 'ok' then return; end if;
  if not p_publish then
    update public_text set state = 'draft', note = p_note, revision = revision + 1 where id = p_id;
    return;
  end if;
  if exists (select 1 from public_text x where x.slug = t.slug and x.state = 'published' and x.text = t.text and x.title = t.title
               and x.version = (select max(y.version) from public_text y where y.slug = t.slug)) then
    outcome := 'unchanged'; return;
  end if;
  select coalesce(max(x.version), 0) + 1 into version_now from public_text x where x.slug = t.slug;
  update public_text set state = 'published', version = version_now, sha256 = encode(sha256(convert_to(t.text, 'UTF8')), 'hex'),
         effective = coalesce(t.effective, p_today), published_by = me, published_at = p_now where id = p_id;
end $$;
call app_function('public_text_decide(uuid, int, boolean, text, timestamptz, date)');

-- Throw a draft away. True: it was there in this revision.
create function public_text_drop(p_id uuid, p_revision int) returns boolean
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if cur_kind() is distinct from 'operator' then raise exception 'operators only' using errcode = '42501'; end if;
  delete from public_text where id = p_id and state <> 'published' and revision = p_revision;
  return found;
end $$;
call app_function('public_text_drop(uuid, int)');

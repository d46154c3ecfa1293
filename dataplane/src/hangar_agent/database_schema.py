"""The definition of a PostgreSQL database as statements that make it again, read from the server's own catalogue.

As much as databases of Airflow and Hangar have: schemas, enumerations, sequences, tables, constraints, indexes,
functions and triggers. What is of another kind is refused by name, never left out. Rights, comments and planner
statistics are not part of it.
"""
# ruff: noqa: S608 - queries are put together from texts of this file

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

OWN = "n.nspname !~ '^pg_' and n.nspname <> 'information_schema'"
"""Schemas that are not the server's."""
NOT_OF_EXTENSION = "not exists (select from pg_depend d where d.objid = {oid} and d.deptype = 'e')"

UNKNOWN_KINDS = f"""
select case c.relkind when 'v' then 'view' when 'm' then 'materialized view' when 'f' then 'foreign table'
    when 'p' then 'partitioned table' when 'c' then 'composite type' else 'relation of kind ' || c.relkind::text end
  || ' ' || c.oid::regclass::text
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where {OWN} and c.relkind not in ('r', 'i', 'S', 't')
union all
select 'inherited table ' || i.inhrelid::regclass::text from pg_inherits i
  join pg_class c on c.oid = i.inhrelid join pg_namespace n on n.oid = c.relnamespace where {OWN}
union all
select case t.typtype when 'd' then 'domain ' else 'type ' end || t.oid::regtype::text
from pg_type t join pg_namespace n on n.oid = t.typnamespace
where {OWN} and t.typtype not in ('e', 'b', 'c') and {NOT_OF_EXTENSION.format(oid="t.oid")}
union all
select 'extension ' || extname from pg_extension where extname <> 'plpgsql'
union all
select 'procedure or aggregate ' || p.oid::regprocedure::text from pg_proc p
  join pg_namespace n on n.oid = p.pronamespace where {OWN} and p.prokind <> 'f'
union all
select 'row security of ' || c.oid::regclass::text from pg_class c join pg_namespace n on n.oid = c.relnamespace
where {OWN} and c.relrowsecurity
order by 1
"""

SCHEMAS = f"select format('create schema if not exists %I', n.nspname) from pg_namespace n where {OWN} order by 1"

ENUMERATIONS = f"""
select format('create type %I.%I as enum (%s)', n.nspname, t.typname,
  (select string_agg(quote_literal(e.enumlabel), ', ' order by e.enumsortorder) from pg_enum e
   where e.enumtypid = t.oid))
from pg_type t join pg_namespace n on n.oid = t.typnamespace
where {OWN} and t.typtype = 'e' order by 1
"""

# An identity column makes its sequence itself; every other one is made first, as a default may name it.
OF_IDENTITY = """exists (select from pg_depend d where d.objid = c.oid and d.classid = 'pg_class'::regclass
  and d.deptype = 'i')"""
SEQUENCES = f"""
select format('create sequence %I.%I as %s increment by %s minvalue %s maxvalue %s start with %s cache %s %s',
  n.nspname, c.relname, format_type(s.seqtypid, null), s.seqincrement, s.seqmin, s.seqmax, s.seqstart, s.seqcache,
  case when s.seqcycle then 'cycle' else 'no cycle' end)
from pg_sequence s join pg_class c on c.oid = s.seqrelid join pg_namespace n on n.oid = c.relnamespace
where {OWN} and not {OF_IDENTITY} order by 1
"""

TABLES = f"""
select format('%I.%I', n.nspname, c.relname),
  format('create %stable %I.%I (%s)%s',
    case c.relpersistence when 'u' then 'unlogged ' else '' end, n.nspname, c.relname,
    coalesce(string_agg(
      format('%I %s', a.attname, format_type(a.atttypid, a.atttypmod))
        || case when a.attcollation <> 0 and a.attcollation <> t.typcollation
             then ' collate ' || a.attcollation::regcollation::text else '' end
        || case when a.attidentity <> '' then format(' generated %s as identity (sequence name %s)',
               case a.attidentity when 'a' then 'always' else 'by default' end,
               pg_get_serial_sequence(format('%I.%I', n.nspname, c.relname), a.attname))
             when a.attgenerated = 's' then ' generated always as (' || pg_get_expr(f.adbin, f.adrelid) || ') stored'
             when f.oid is not null then ' default ' || pg_get_expr(f.adbin, f.adrelid)
             else '' end
        || case when a.attnotnull then ' not null' else '' end,
      ', ' order by a.attnum) filter (where a.attnum is not null), ''),
    coalesce(' with (' || array_to_string(c.reloptions, ', ') || ')', '')),
  coalesce(array_agg(quote_ident(a.attname) order by a.attnum) filter (where a.attgenerated = ''), '{{}}')
from pg_class c join pg_namespace n on n.oid = c.relnamespace
left join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
left join pg_type t on t.oid = a.atttypid
left join pg_attrdef f on f.adrelid = c.oid and f.adnum = a.attnum
where {OWN} and c.relkind = 'r'
group by n.nspname, c.relname, c.relpersistence, c.reloptions order by 1
"""

CONSTRAINTS = f"""
select format('alter table %I.%I add constraint %I %s', n.nspname, c.relname, k.conname, pg_get_constraintdef(k.oid))
from pg_constraint k join pg_class c on c.oid = k.conrelid join pg_namespace n on n.oid = c.relnamespace
where {OWN} and k.contype in {{types}} order by 1
"""
KEYS_AND_CHECKS = CONSTRAINTS.format(types="('p', 'u', 'x', 'c')")
FOREIGN_KEYS = CONSTRAINTS.format(types="('f')")
"""They come last: some of Airflow's point to a unique index that is no constraint."""

# An index that belongs to a constraint comes with it.
INDEXES = f"""
select pg_get_indexdef(i.indexrelid) from pg_index i
join pg_class c on c.oid = i.indrelid join pg_namespace n on n.oid = c.relnamespace
where {OWN} and c.relkind = 'r'
  and not exists (select from pg_constraint k where k.conindid = i.indexrelid and k.contype in ('p', 'u', 'x'))
order by 1
"""
OWNED_SEQUENCES = f"""
select format('alter sequence %I.%I owned by %s.%I', n.nspname, c.relname, d.refobjid::regclass::text, a.attname)
from pg_depend d join pg_class c on c.oid = d.objid and c.relkind = 'S' join pg_namespace n on n.oid = c.relnamespace
join pg_attribute a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid
where {OWN} and d.classid = 'pg_class'::regclass and d.refclassid = 'pg_class'::regclass and d.deptype = 'a' order by 1
"""
FUNCTIONS = f"""
select pg_get_functiondef(p.oid) from pg_proc p join pg_namespace n on n.oid = p.pronamespace
where {OWN} and p.prokind = 'f' order by p.oid::regprocedure::text
"""
TRIGGERS = f"""
select pg_get_triggerdef(g.oid) from pg_trigger g
join pg_class c on c.oid = g.tgrelid join pg_namespace n on n.oid = c.relnamespace
where {OWN} and not g.tgisinternal order by 1
"""
SEQUENCE_NAMES = f"""
select format('%I.%I', n.nspname, c.relname) from pg_class c join pg_namespace n on n.oid = c.relnamespace
where {OWN} and c.relkind = 'S' order by 1
"""


class UnknownKind(Exception):
    """The database holds something that cannot be made again; `str()` is a sentence."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table, and the columns whose values are copied: those that are computed are not."""

    name: str
    """Quoted, with its schema."""
    create: str
    columns: tuple[str, ...]
    """Quoted."""


@dataclass(frozen=True, slots=True)
class Schema:
    """Statements in the order in which they run: before the rows, and after them."""

    before: tuple[str, ...]
    tables: tuple[Table, ...]
    after: tuple[str, ...]
    sequences: tuple[str, ...]
    """Quoted names of all that there are; their values are not part of the definition."""


def read_schema(cursor: Any) -> Schema:
    """Read what the database of a psycopg2 cursor consists of, within its transaction, whose search path is emptied.

    Raises UnknownKind where a statement for something is not known here.
    """
    cursor.execute("set local search_path = ''")  # every name below is written with its schema
    if unknown := _column(cursor, UNKNOWN_KINDS):
        raise UnknownKind(
            f"the database holds {', '.join(unknown[:5])}, which Airflow's own migrations do not make and a copy"
            " would lack: move what is your own to a database of your own"
        )
    cursor.execute(TABLES)
    tables = tuple(Table(name, create, tuple(columns)) for name, create, columns in cursor.fetchall())
    before = (*_column(cursor, SCHEMAS), *_column(cursor, ENUMERATIONS), *_column(cursor, SEQUENCES))
    parts = (KEYS_AND_CHECKS, INDEXES, FOREIGN_KEYS, OWNED_SEQUENCES, FUNCTIONS, TRIGGERS)
    after = tuple(statement for part in parts for statement in _column(cursor, part))
    return Schema(before, tables, after, tuple(_column(cursor, SEQUENCE_NAMES)))


def _column(cursor: Any, query: str) -> list[str]:
    cursor.execute(query)
    return [value for (value,) in cursor.fetchall()]

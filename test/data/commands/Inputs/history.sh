# history.sh DIRECTORY: a repository with nine commits at fixed times.
set -eu
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null
export GIT_COMMITTER_NAME=Ada GIT_COMMITTER_EMAIL=ada@example.com
git init -q -b main "$1"
cd "$1"

# commit DATE MESSAGE [AUTHOR-DATE [NAME EMAIL]]
commit() {
  git add -A
  GIT_AUTHOR_NAME=${4:-Bob} GIT_AUTHOR_EMAIL=${5:-bob@example.com} GIT_AUTHOR_DATE="${3:-$1T00:00:00Z}" \
    GIT_COMMITTER_DATE="$1T00:00:00Z" git commit -q --allow-empty -m "$2"
}

mkdir src side
printf '1\n2\n' > src/a.txt
printf '1\n' > README
commit 2026-01-01 first
printf '3\n' >> src/a.txt
commit 2026-01-10 "Unfixable: prefixed is no such word

This fixes nothing: only the first line counts."
# The clock of its author is at 00:30 of the next day.
printf '1\nzwei\n3\n' > src/a.txt
commit 2026-02-01 'Revert: a "2" was wanted' 2026-02-01T00:30:00+0100 'Ada, "A" or a' Ada@Example.com
commit 2026-02-02 'Nothing new.'
git checkout -q -b side
printf '1\n' > side/b.txt
commit 2026-02-20 side
git checkout -q main
GIT_AUTHOR_NAME=Ada GIT_AUTHOR_EMAIL=ada@example.com GIT_AUTHOR_DATE=2026-03-01T00:00:00Z \
  GIT_COMMITTER_DATE=2026-03-01T00:00:00Z git merge -q --no-ff -m 'Fix side' side
printf '4\n5\n' >> src/a.txt
printf '2\n' >> README
commit 2026-03-05 'More of a'
printf '1\nzwei\n3\n4\n' > src/a.txt
commit 2026-03-10 'FIX: Smaller is best'
mkdir -p 'a "b", c'
printf '1\n' > 'a "b", c/d.txt'
commit 2026-04-01 'Strange'

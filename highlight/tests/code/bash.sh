#!/usr/bin/env bash
set -euo pipefail
shopt -s nullglob
readonly DIR="${1:?usage: $0 DIR}" COUNT=10
export PATH="$HOME/bin:$PATH"
declare -a list=(one "two three" $four 'five')
name=value other="a $name ${name%.txt} ${#name} ${name/a/b}" run --flag -x "$@"
today=$(date +%Y-%m-%d)
total=$((COUNT + 2 * ${#list[@]}))

greet() {
  local who="${1:-world}" file
  echo "Hello, $who! You have \$5 and \"$(count "$who" | wc -l)\" items" >&2
  return 0
}

function cleanup {
  rm -rf -- "$tmp" || true
}
trap cleanup EXIT

if [[ -f "$DIR/file" && $name == *.md ]] || [ "$COUNT" -gt 3 ]; then
  grep -E '^[a-z]+$' < input.txt > output.txt 2>&1
elif ! command -v jq > /dev/null; then
  exit 1
else
  :
fi

for file in "$DIR"/*.txt; do
  while IFS=$'\t' read -r key value; do
    printf '%s=%d\n' "$key" "$value" >> "$log"
  done < <(sort -k2,2n "$file")
done
until ping -c 1 example.org; do sleep 1; done

case "$1" in
  start | run) greet "$2" ;;
  -h | --help)
    cat <<'EOF'
usage: $0 [start]
EOF
    ;;
  *) echo "unknown: $1"; exit 2 ;;
esac

cat <<EOF > config.ini
name = $name
path = ${DIR}/$(basename "$file")
EOF

curl -fsS --retry 3 -H "authorization: Bearer $TOKEN" \
  "https://example.org/api?id=$id" | jq -r '.items[] | .id' &
wait $! && echo done; awk '{ print $1 }' file | sort -u
unset name
array+=("more"); echo "${array[@]}" "${array[0]}"

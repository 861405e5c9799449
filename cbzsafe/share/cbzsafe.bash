# Completion of cbzsafe in bash 4.4 or newer; docs/completion.md says how to install it.

_cbzsafe() {
    local program=cbzsafe kind word
    # An alias of another name has this function, too, and is not the program's name.
    [[ ${1##*/} == cbzsafe ]] && program=${1/#\~/$HOME}
    COMPREPLY=()
    while IFS=$'\t' read -r kind word; do
        case $kind in
            word) COMPREPLY+=("$word") ;;
            file) compopt -o default ;;
            folder) compopt -o dirnames ;;
            archive)
                compopt -o filenames -o plusdirs
                mapfile -t -O ${#COMPREPLY[@]} COMPREPLY < <(compgen -f -X "!*.$word" -- "$2")
                ;;
        esac
    done < <("$program" completion bash -- "${COMP_LINE:0:COMP_POINT}" "$2" 2>/dev/null)
}

complete -o nosort -F _cbzsafe cbzsafe

# Completion of cbzsafe in fish; docs/completion.md says how to install it.

function __cbzsafe_complete
    set -l line (commandline -cp | string collect)
    set -l path (commandline -ct)
    set -l kept
    cbzsafe completion fish -- "$line" 2>/dev/null | while read -l -d \t kind word gist
        switch $kind
            case word
                printf '%s\t%s\n' $word $gist
            case kept
                set kept $word
                set path (string replace -- $kept '' $path)
            case file
                printf "$kept%s\n" (complete -C "'' $path")
            case folder
                printf "$kept%s\n" (complete -C "'' $path" | string match '*/')
            case archive
                complete -C "'' $path" | string match -r ".*(?:/|\.$word)\$"
        end
    end
end

complete --command cbzsafe --no-files --arguments '(__cbzsafe_complete)'

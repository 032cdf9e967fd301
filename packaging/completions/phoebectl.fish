# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_phoebectl_global_optspecs
    string join \n socket= config= json color= timeout= h/help V/version
end

function __fish_phoebectl_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_phoebectl_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_phoebectl_using_subcommand
    set -l cmd (__fish_phoebectl_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c phoebectl -n "__fish_phoebectl_needs_command" -l socket -d 'The daemon\'s admin socket' -r -F
complete -c phoebectl -n "__fish_phoebectl_needs_command" -l config -d 'The daemon\'s configuration file' -r -F
complete -c phoebectl -n "__fish_phoebectl_needs_command" -l color -d 'When to use colours; auto is on a terminal, unless NO_COLOR is set' -r -f -a "auto\t''
always\t''
never\t''"
complete -c phoebectl -n "__fish_phoebectl_needs_command" -l timeout -d 'How long to wait for an answer, such as 500ms, 30s or 2m' -r
complete -c phoebectl -n "__fish_phoebectl_needs_command" -l json -d 'Print the answer as JSON, for programs'
complete -c phoebectl -n "__fish_phoebectl_needs_command" -s h -l help -d 'Print help'
complete -c phoebectl -n "__fish_phoebectl_needs_command" -s V -l version -d 'Print version'
complete -c phoebectl -n "__fish_phoebectl_needs_command" -f -a "status" -d 'Show how the daemon is'
complete -c phoebectl -n "__fish_phoebectl_needs_command" -f -a "sessions" -d 'List, show and end sessions'
complete -c phoebectl -n "__fish_phoebectl_needs_command" -f -a "jobs" -d 'List, show, cancel and watch jobs: long commands and what came of them'
complete -c phoebectl -n "__fish_phoebectl_needs_command" -f -a "users" -d 'Make, list, change and remove users, in auth mode jwt'
complete -c phoebectl -n "__fish_phoebectl_needs_command" -f -a "tokens" -d 'Issue, list and revoke tokens for scripts'
complete -c phoebectl -n "__fish_phoebectl_needs_command" -f -a "audit" -d 'Show who did what: logins, sessions, changes of users'
complete -c phoebectl -n "__fish_phoebectl_needs_command" -f -a "ports" -d 'Show the port pool and who holds its ports'
complete -c phoebectl -n "__fish_phoebectl_needs_command" -f -a "config" -d 'Show, check and print configurations'
complete -c phoebectl -n "__fish_phoebectl_needs_command" -f -a "engine" -d 'Install, show and upgrade the engine: the Python environment with PHOEBE'
complete -c phoebectl -n "__fish_phoebectl_needs_command" -f -a "reload" -d 'Have the daemon read its configuration file again'
complete -c phoebectl -n "__fish_phoebectl_needs_command" -f -a "drain" -d 'Take no new sessions; what runs goes on, and existing sessions are served'
complete -c phoebectl -n "__fish_phoebectl_needs_command" -f -a "undrain" -d 'Take new sessions again'
complete -c phoebectl -n "__fish_phoebectl_needs_command" -f -a "init-db" -d 'Make the log database, or make it afresh and keep the old one as a backup'
complete -c phoebectl -n "__fish_phoebectl_needs_command" -f -a "ping" -d 'Ask whether the daemon answers'
complete -c phoebectl -n "__fish_phoebectl_needs_command" -f -a "waitready" -d 'Wait until sessions can start, at most --timeout'
complete -c phoebectl -n "__fish_phoebectl_needs_command" -f -a "shutdown" -d 'Stop the daemon and wait until it has stopped; every session ends'
complete -c phoebectl -n "__fish_phoebectl_needs_command" -f -a "completions" -d 'Print completions for a shell'
complete -c phoebectl -n "__fish_phoebectl_needs_command" -f -a "man" -d 'Print a manual page'
complete -c phoebectl -n "__fish_phoebectl_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand status" -l socket -d 'The daemon\'s admin socket' -r -F
complete -c phoebectl -n "__fish_phoebectl_using_subcommand status" -l config -d 'The daemon\'s configuration file' -r -F
complete -c phoebectl -n "__fish_phoebectl_using_subcommand status" -l color -d 'When to use colours; auto is on a terminal, unless NO_COLOR is set' -r -f -a "auto\t''
always\t''
never\t''"
complete -c phoebectl -n "__fish_phoebectl_using_subcommand status" -l timeout -d 'How long to wait for an answer, such as 500ms, 30s or 2m' -r
complete -c phoebectl -n "__fish_phoebectl_using_subcommand status" -l json -d 'Print the answer as JSON, for programs'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand status" -s h -l help -d 'Print help'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand sessions; and not __fish_seen_subcommand_from list show kill logs help" -l socket -d 'The daemon\'s admin socket' -r -F
complete -c phoebectl -n "__fish_phoebectl_using_subcommand sessions; and not __fish_seen_subcommand_from list show kill logs help" -l config -d 'The daemon\'s configuration file' -r -F
complete -c phoebectl -n "__fish_phoebectl_using_subcommand sessions; and not __fish_seen_subcommand_from list show kill logs help" -l color -d 'When to use colours; auto is on a terminal, unless NO_COLOR is set' -r -f -a "auto\t''
always\t''
never\t''"
complete -c phoebectl -n "__fish_phoebectl_using_subcommand sessions; and not __fish_seen_subcommand_from list show kill logs help" -l timeout -d 'How long to wait for an answer, such as 500ms, 30s or 2m' -r
complete -c phoebectl -n "__fish_phoebectl_using_subcommand sessions; and not __fish_seen_subcommand_from list show kill logs help" -l json -d 'Print the answer as JSON, for programs'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand sessions; and not __fish_seen_subcommand_from list show kill logs help" -s h -l help -d 'Print help'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand sessions; and not __fish_seen_subcommand_from list show kill logs help" -f -a "list" -d 'List the sessions'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand sessions; and not __fish_seen_subcommand_from list show kill logs help" -f -a "show" -d 'Show one session'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand sessions; and not __fish_seen_subcommand_from list show kill logs help" -f -a "kill" -d 'End sessions and wait until they have ended'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand sessions; and not __fish_seen_subcommand_from list show kill logs help" -f -a "logs" -d 'Show a session\'s latest commands, and what the journal has of it; also of one that has ended'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand sessions; and not __fish_seen_subcommand_from list show kill logs help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand sessions; and __fish_seen_subcommand_from list" -l socket -d 'The daemon\'s admin socket' -r -F
complete -c phoebectl -n "__fish_phoebectl_using_subcommand sessions; and __fish_seen_subcommand_from list" -l config -d 'The daemon\'s configuration file' -r -F
complete -c phoebectl -n "__fish_phoebectl_using_subcommand sessions; and __fish_seen_subcommand_from list" -l color -d 'When to use colours; auto is on a terminal, unless NO_COLOR is set' -r -f -a "auto\t''
always\t''
never\t''"
complete -c phoebectl -n "__fish_phoebectl_using_subcommand sessions; and __fish_seen_subcommand_from list" -l timeout -d 'How long to wait for an answer, such as 500ms, 30s or 2m' -r
complete -c phoebectl -n "__fish_phoebectl_using_subcommand sessions; and __fish_seen_subcommand_from list" -l json -d 'Print the answer as JSON, for programs'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand sessions; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand sessions; and __fish_seen_subcommand_from show" -l socket -d 'The daemon\'s admin socket' -r -F
complete -c phoebectl -n "__fish_phoebectl_using_subcommand sessions; and __fish_seen_subcommand_from show" -l config -d 'The daemon\'s configuration file' -r -F
complete -c phoebectl -n "__fish_phoebectl_using_subcommand sessions; and __fish_seen_subcommand_from show" -l color -d 'When to use colours; auto is on a terminal, unless NO_COLOR is set' -r -f -a "auto\t''
always\t''
never\t''"
complete -c phoebectl -n "__fish_phoebectl_using_subcommand sessions; and __fish_seen_subcommand_from show" -l timeout -d 'How long to wait for an answer, such as 500ms, 30s or 2m' -r
complete -c phoebectl -n "__fish_phoebectl_using_subcommand sessions; and __fish_seen_subcommand_from show" -l json -d 'Print the answer as JSON, for programs'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand sessions; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand sessions; and __fish_seen_subcommand_from kill" -l user -d 'Sessions of this user (by id)' -r
complete -c phoebectl -n "__fish_phoebectl_using_subcommand sessions; and __fish_seen_subcommand_from kill" -l idle-for -d 'Sessions that have been idle for so long, such as 30m or 1h' -r
complete -c phoebectl -n "__fish_phoebectl_using_subcommand sessions; and __fish_seen_subcommand_from kill" -l socket -d 'The daemon\'s admin socket' -r -F
complete -c phoebectl -n "__fish_phoebectl_using_subcommand sessions; and __fish_seen_subcommand_from kill" -l config -d 'The daemon\'s configuration file' -r -F
complete -c phoebectl -n "__fish_phoebectl_using_subcommand sessions; and __fish_seen_subcommand_from kill" -l color -d 'When to use colours; auto is on a terminal, unless NO_COLOR is set' -r -f -a "auto\t''
always\t''
never\t''"
complete -c phoebectl -n "__fish_phoebectl_using_subcommand sessions; and __fish_seen_subcommand_from kill" -l timeout -d 'How long to wait for an answer, such as 500ms, 30s or 2m' -r
complete -c phoebectl -n "__fish_phoebectl_using_subcommand sessions; and __fish_seen_subcommand_from kill" -l all -d 'All sessions'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand sessions; and __fish_seen_subcommand_from kill" -s y -l yes -d 'Do not ask'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand sessions; and __fish_seen_subcommand_from kill" -l dry-run -d 'Show what would be ended, and end nothing'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand sessions; and __fish_seen_subcommand_from kill" -l json -d 'Print the answer as JSON, for programs'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand sessions; and __fish_seen_subcommand_from kill" -s h -l help -d 'Print help'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand sessions; and __fish_seen_subcommand_from logs" -s n -l limit -d 'How many commands, and lines of the journal, to show at most' -r
complete -c phoebectl -n "__fish_phoebectl_using_subcommand sessions; and __fish_seen_subcommand_from logs" -l socket -d 'The daemon\'s admin socket' -r -F
complete -c phoebectl -n "__fish_phoebectl_using_subcommand sessions; and __fish_seen_subcommand_from logs" -l config -d 'The daemon\'s configuration file' -r -F
complete -c phoebectl -n "__fish_phoebectl_using_subcommand sessions; and __fish_seen_subcommand_from logs" -l color -d 'When to use colours; auto is on a terminal, unless NO_COLOR is set' -r -f -a "auto\t''
always\t''
never\t''"
complete -c phoebectl -n "__fish_phoebectl_using_subcommand sessions; and __fish_seen_subcommand_from logs" -l timeout -d 'How long to wait for an answer, such as 500ms, 30s or 2m' -r
complete -c phoebectl -n "__fish_phoebectl_using_subcommand sessions; and __fish_seen_subcommand_from logs" -l json -d 'Print the answer as JSON, for programs'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand sessions; and __fish_seen_subcommand_from logs" -s h -l help -d 'Print help'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand sessions; and __fish_seen_subcommand_from help" -f -a "list" -d 'List the sessions'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand sessions; and __fish_seen_subcommand_from help" -f -a "show" -d 'Show one session'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand sessions; and __fish_seen_subcommand_from help" -f -a "kill" -d 'End sessions and wait until they have ended'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand sessions; and __fish_seen_subcommand_from help" -f -a "logs" -d 'Show a session\'s latest commands, and what the journal has of it; also of one that has ended'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand sessions; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand jobs; and not __fish_seen_subcommand_from list show cancel watch help" -l socket -d 'The daemon\'s admin socket' -r -F
complete -c phoebectl -n "__fish_phoebectl_using_subcommand jobs; and not __fish_seen_subcommand_from list show cancel watch help" -l config -d 'The daemon\'s configuration file' -r -F
complete -c phoebectl -n "__fish_phoebectl_using_subcommand jobs; and not __fish_seen_subcommand_from list show cancel watch help" -l color -d 'When to use colours; auto is on a terminal, unless NO_COLOR is set' -r -f -a "auto\t''
always\t''
never\t''"
complete -c phoebectl -n "__fish_phoebectl_using_subcommand jobs; and not __fish_seen_subcommand_from list show cancel watch help" -l timeout -d 'How long to wait for an answer, such as 500ms, 30s or 2m' -r
complete -c phoebectl -n "__fish_phoebectl_using_subcommand jobs; and not __fish_seen_subcommand_from list show cancel watch help" -l json -d 'Print the answer as JSON, for programs'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand jobs; and not __fish_seen_subcommand_from list show cancel watch help" -s h -l help -d 'Print help'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand jobs; and not __fish_seen_subcommand_from list show cancel watch help" -f -a "list" -d 'List the latest jobs, or those of a session'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand jobs; and not __fish_seen_subcommand_from list show cancel watch help" -f -a "show" -d 'Show one job'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand jobs; and not __fish_seen_subcommand_from list show cancel watch help" -f -a "cancel" -d 'End a job; its session is as it was before it'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand jobs; and not __fish_seen_subcommand_from list show cancel watch help" -f -a "watch" -d 'Watch a job until it is over'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand jobs; and not __fish_seen_subcommand_from list show cancel watch help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand jobs; and __fish_seen_subcommand_from list" -l session -d 'Jobs of this session, which may have ended' -r
complete -c phoebectl -n "__fish_phoebectl_using_subcommand jobs; and __fish_seen_subcommand_from list" -l limit -d 'At most so many of the latest' -r
complete -c phoebectl -n "__fish_phoebectl_using_subcommand jobs; and __fish_seen_subcommand_from list" -l socket -d 'The daemon\'s admin socket' -r -F
complete -c phoebectl -n "__fish_phoebectl_using_subcommand jobs; and __fish_seen_subcommand_from list" -l config -d 'The daemon\'s configuration file' -r -F
complete -c phoebectl -n "__fish_phoebectl_using_subcommand jobs; and __fish_seen_subcommand_from list" -l color -d 'When to use colours; auto is on a terminal, unless NO_COLOR is set' -r -f -a "auto\t''
always\t''
never\t''"
complete -c phoebectl -n "__fish_phoebectl_using_subcommand jobs; and __fish_seen_subcommand_from list" -l timeout -d 'How long to wait for an answer, such as 500ms, 30s or 2m' -r
complete -c phoebectl -n "__fish_phoebectl_using_subcommand jobs; and __fish_seen_subcommand_from list" -l json -d 'Print the answer as JSON, for programs'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand jobs; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand jobs; and __fish_seen_subcommand_from show" -l socket -d 'The daemon\'s admin socket' -r -F
complete -c phoebectl -n "__fish_phoebectl_using_subcommand jobs; and __fish_seen_subcommand_from show" -l config -d 'The daemon\'s configuration file' -r -F
complete -c phoebectl -n "__fish_phoebectl_using_subcommand jobs; and __fish_seen_subcommand_from show" -l color -d 'When to use colours; auto is on a terminal, unless NO_COLOR is set' -r -f -a "auto\t''
always\t''
never\t''"
complete -c phoebectl -n "__fish_phoebectl_using_subcommand jobs; and __fish_seen_subcommand_from show" -l timeout -d 'How long to wait for an answer, such as 500ms, 30s or 2m' -r
complete -c phoebectl -n "__fish_phoebectl_using_subcommand jobs; and __fish_seen_subcommand_from show" -l json -d 'Print the answer as JSON, for programs'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand jobs; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand jobs; and __fish_seen_subcommand_from cancel" -l socket -d 'The daemon\'s admin socket' -r -F
complete -c phoebectl -n "__fish_phoebectl_using_subcommand jobs; and __fish_seen_subcommand_from cancel" -l config -d 'The daemon\'s configuration file' -r -F
complete -c phoebectl -n "__fish_phoebectl_using_subcommand jobs; and __fish_seen_subcommand_from cancel" -l color -d 'When to use colours; auto is on a terminal, unless NO_COLOR is set' -r -f -a "auto\t''
always\t''
never\t''"
complete -c phoebectl -n "__fish_phoebectl_using_subcommand jobs; and __fish_seen_subcommand_from cancel" -l timeout -d 'How long to wait for an answer, such as 500ms, 30s or 2m' -r
complete -c phoebectl -n "__fish_phoebectl_using_subcommand jobs; and __fish_seen_subcommand_from cancel" -l json -d 'Print the answer as JSON, for programs'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand jobs; and __fish_seen_subcommand_from cancel" -s h -l help -d 'Print help'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand jobs; and __fish_seen_subcommand_from watch" -l socket -d 'The daemon\'s admin socket' -r -F
complete -c phoebectl -n "__fish_phoebectl_using_subcommand jobs; and __fish_seen_subcommand_from watch" -l config -d 'The daemon\'s configuration file' -r -F
complete -c phoebectl -n "__fish_phoebectl_using_subcommand jobs; and __fish_seen_subcommand_from watch" -l color -d 'When to use colours; auto is on a terminal, unless NO_COLOR is set' -r -f -a "auto\t''
always\t''
never\t''"
complete -c phoebectl -n "__fish_phoebectl_using_subcommand jobs; and __fish_seen_subcommand_from watch" -l timeout -d 'How long to wait for an answer, such as 500ms, 30s or 2m' -r
complete -c phoebectl -n "__fish_phoebectl_using_subcommand jobs; and __fish_seen_subcommand_from watch" -l json -d 'Print the answer as JSON, for programs'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand jobs; and __fish_seen_subcommand_from watch" -s h -l help -d 'Print help'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand jobs; and __fish_seen_subcommand_from help" -f -a "list" -d 'List the latest jobs, or those of a session'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand jobs; and __fish_seen_subcommand_from help" -f -a "show" -d 'Show one job'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand jobs; and __fish_seen_subcommand_from help" -f -a "cancel" -d 'End a job; its session is as it was before it'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand jobs; and __fish_seen_subcommand_from help" -f -a "watch" -d 'Watch a job until it is over'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand jobs; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand users; and not __fish_seen_subcommand_from add list show set-role disable enable passwd remove import help" -l socket -d 'The daemon\'s admin socket' -r -F
complete -c phoebectl -n "__fish_phoebectl_using_subcommand users; and not __fish_seen_subcommand_from add list show set-role disable enable passwd remove import help" -l config -d 'The daemon\'s configuration file' -r -F
complete -c phoebectl -n "__fish_phoebectl_using_subcommand users; and not __fish_seen_subcommand_from add list show set-role disable enable passwd remove import help" -l color -d 'When to use colours; auto is on a terminal, unless NO_COLOR is set' -r -f -a "auto\t''
always\t''
never\t''"
complete -c phoebectl -n "__fish_phoebectl_using_subcommand users; and not __fish_seen_subcommand_from add list show set-role disable enable passwd remove import help" -l timeout -d 'How long to wait for an answer, such as 500ms, 30s or 2m' -r
complete -c phoebectl -n "__fish_phoebectl_using_subcommand users; and not __fish_seen_subcommand_from add list show set-role disable enable passwd remove import help" -l json -d 'Print the answer as JSON, for programs'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand users; and not __fish_seen_subcommand_from add list show set-role disable enable passwd remove import help" -s h -l help -d 'Print help'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand users; and not __fish_seen_subcommand_from add list show set-role disable enable passwd remove import help" -f -a "add" -d 'Make a user'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand users; and not __fish_seen_subcommand_from add list show set-role disable enable passwd remove import help" -f -a "list" -d 'List the users'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand users; and not __fish_seen_subcommand_from add list show set-role disable enable passwd remove import help" -f -a "show" -d 'Show one user'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand users; and not __fish_seen_subcommand_from add list show set-role disable enable passwd remove import help" -f -a "set-role" -d 'Give a user another role'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand users; and not __fish_seen_subcommand_from add list show set-role disable enable passwd remove import help" -f -a "disable" -d 'Do not let a user log in any more, nor use tokens; their sessions end'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand users; and not __fish_seen_subcommand_from add list show set-role disable enable passwd remove import help" -f -a "enable" -d 'Let a user log in again'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand users; and not __fish_seen_subcommand_from add list show set-role disable enable passwd remove import help" -f -a "passwd" -d 'Give a user another password'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand users; and not __fish_seen_subcommand_from add list show set-role disable enable passwd remove import help" -f -a "remove" -d 'Remove a user; their sessions end and their data are deleted'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand users; and not __fish_seen_subcommand_from add list show set-role disable enable passwd remove import help" -f -a "import" -d 'Make the users of a CSV file, such as a class'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand users; and not __fish_seen_subcommand_from add list show set-role disable enable passwd remove import help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand users; and __fish_seen_subcommand_from add" -l first-name -d 'First name' -r
complete -c phoebectl -n "__fish_phoebectl_using_subcommand users; and __fish_seen_subcommand_from add" -l last-name -d 'Last name' -r
complete -c phoebectl -n "__fish_phoebectl_using_subcommand users; and __fish_seen_subcommand_from add" -l role -d 'What the user may do' -r -f -a "student\t''
instructor\t''
admin\t''"
complete -c phoebectl -n "__fish_phoebectl_using_subcommand users; and __fish_seen_subcommand_from add" -l socket -d 'The daemon\'s admin socket' -r -F
complete -c phoebectl -n "__fish_phoebectl_using_subcommand users; and __fish_seen_subcommand_from add" -l config -d 'The daemon\'s configuration file' -r -F
complete -c phoebectl -n "__fish_phoebectl_using_subcommand users; and __fish_seen_subcommand_from add" -l color -d 'When to use colours; auto is on a terminal, unless NO_COLOR is set' -r -f -a "auto\t''
always\t''
never\t''"
complete -c phoebectl -n "__fish_phoebectl_using_subcommand users; and __fish_seen_subcommand_from add" -l timeout -d 'How long to wait for an answer, such as 500ms, 30s or 2m' -r
complete -c phoebectl -n "__fish_phoebectl_using_subcommand users; and __fish_seen_subcommand_from add" -l password-stdin -d 'Read the password from standard input, one line; without this the daemon makes one, which is printed this once'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand users; and __fish_seen_subcommand_from add" -l json -d 'Print the answer as JSON, for programs'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand users; and __fish_seen_subcommand_from add" -s h -l help -d 'Print help'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand users; and __fish_seen_subcommand_from list" -l role -d 'Only those with this role' -r -f -a "student\t''
instructor\t''
admin\t''"
complete -c phoebectl -n "__fish_phoebectl_using_subcommand users; and __fish_seen_subcommand_from list" -l socket -d 'The daemon\'s admin socket' -r -F
complete -c phoebectl -n "__fish_phoebectl_using_subcommand users; and __fish_seen_subcommand_from list" -l config -d 'The daemon\'s configuration file' -r -F
complete -c phoebectl -n "__fish_phoebectl_using_subcommand users; and __fish_seen_subcommand_from list" -l color -d 'When to use colours; auto is on a terminal, unless NO_COLOR is set' -r -f -a "auto\t''
always\t''
never\t''"
complete -c phoebectl -n "__fish_phoebectl_using_subcommand users; and __fish_seen_subcommand_from list" -l timeout -d 'How long to wait for an answer, such as 500ms, 30s or 2m' -r
complete -c phoebectl -n "__fish_phoebectl_using_subcommand users; and __fish_seen_subcommand_from list" -l json -d 'Print the answer as JSON, for programs'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand users; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand users; and __fish_seen_subcommand_from show" -l socket -d 'The daemon\'s admin socket' -r -F
complete -c phoebectl -n "__fish_phoebectl_using_subcommand users; and __fish_seen_subcommand_from show" -l config -d 'The daemon\'s configuration file' -r -F
complete -c phoebectl -n "__fish_phoebectl_using_subcommand users; and __fish_seen_subcommand_from show" -l color -d 'When to use colours; auto is on a terminal, unless NO_COLOR is set' -r -f -a "auto\t''
always\t''
never\t''"
complete -c phoebectl -n "__fish_phoebectl_using_subcommand users; and __fish_seen_subcommand_from show" -l timeout -d 'How long to wait for an answer, such as 500ms, 30s or 2m' -r
complete -c phoebectl -n "__fish_phoebectl_using_subcommand users; and __fish_seen_subcommand_from show" -l json -d 'Print the answer as JSON, for programs'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand users; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand users; and __fish_seen_subcommand_from set-role" -l socket -d 'The daemon\'s admin socket' -r -F
complete -c phoebectl -n "__fish_phoebectl_using_subcommand users; and __fish_seen_subcommand_from set-role" -l config -d 'The daemon\'s configuration file' -r -F
complete -c phoebectl -n "__fish_phoebectl_using_subcommand users; and __fish_seen_subcommand_from set-role" -l color -d 'When to use colours; auto is on a terminal, unless NO_COLOR is set' -r -f -a "auto\t''
always\t''
never\t''"
complete -c phoebectl -n "__fish_phoebectl_using_subcommand users; and __fish_seen_subcommand_from set-role" -l timeout -d 'How long to wait for an answer, such as 500ms, 30s or 2m' -r
complete -c phoebectl -n "__fish_phoebectl_using_subcommand users; and __fish_seen_subcommand_from set-role" -l json -d 'Print the answer as JSON, for programs'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand users; and __fish_seen_subcommand_from set-role" -s h -l help -d 'Print help'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand users; and __fish_seen_subcommand_from disable" -l socket -d 'The daemon\'s admin socket' -r -F
complete -c phoebectl -n "__fish_phoebectl_using_subcommand users; and __fish_seen_subcommand_from disable" -l config -d 'The daemon\'s configuration file' -r -F
complete -c phoebectl -n "__fish_phoebectl_using_subcommand users; and __fish_seen_subcommand_from disable" -l color -d 'When to use colours; auto is on a terminal, unless NO_COLOR is set' -r -f -a "auto\t''
always\t''
never\t''"
complete -c phoebectl -n "__fish_phoebectl_using_subcommand users; and __fish_seen_subcommand_from disable" -l timeout -d 'How long to wait for an answer, such as 500ms, 30s or 2m' -r
complete -c phoebectl -n "__fish_phoebectl_using_subcommand users; and __fish_seen_subcommand_from disable" -l json -d 'Print the answer as JSON, for programs'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand users; and __fish_seen_subcommand_from disable" -s h -l help -d 'Print help'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand users; and __fish_seen_subcommand_from enable" -l socket -d 'The daemon\'s admin socket' -r -F
complete -c phoebectl -n "__fish_phoebectl_using_subcommand users; and __fish_seen_subcommand_from enable" -l config -d 'The daemon\'s configuration file' -r -F
complete -c phoebectl -n "__fish_phoebectl_using_subcommand users; and __fish_seen_subcommand_from enable" -l color -d 'When to use colours; auto is on a terminal, unless NO_COLOR is set' -r -f -a "auto\t''
always\t''
never\t''"
complete -c phoebectl -n "__fish_phoebectl_using_subcommand users; and __fish_seen_subcommand_from enable" -l timeout -d 'How long to wait for an answer, such as 500ms, 30s or 2m' -r
complete -c phoebectl -n "__fish_phoebectl_using_subcommand users; and __fish_seen_subcommand_from enable" -l json -d 'Print the answer as JSON, for programs'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand users; and __fish_seen_subcommand_from enable" -s h -l help -d 'Print help'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand users; and __fish_seen_subcommand_from passwd" -l socket -d 'The daemon\'s admin socket' -r -F
complete -c phoebectl -n "__fish_phoebectl_using_subcommand users; and __fish_seen_subcommand_from passwd" -l config -d 'The daemon\'s configuration file' -r -F
complete -c phoebectl -n "__fish_phoebectl_using_subcommand users; and __fish_seen_subcommand_from passwd" -l color -d 'When to use colours; auto is on a terminal, unless NO_COLOR is set' -r -f -a "auto\t''
always\t''
never\t''"
complete -c phoebectl -n "__fish_phoebectl_using_subcommand users; and __fish_seen_subcommand_from passwd" -l timeout -d 'How long to wait for an answer, such as 500ms, 30s or 2m' -r
complete -c phoebectl -n "__fish_phoebectl_using_subcommand users; and __fish_seen_subcommand_from passwd" -l password-stdin -d 'Read the password from standard input, one line; without this the daemon makes one, which is printed this once'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand users; and __fish_seen_subcommand_from passwd" -l json -d 'Print the answer as JSON, for programs'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand users; and __fish_seen_subcommand_from passwd" -s h -l help -d 'Print help'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand users; and __fish_seen_subcommand_from remove" -l socket -d 'The daemon\'s admin socket' -r -F
complete -c phoebectl -n "__fish_phoebectl_using_subcommand users; and __fish_seen_subcommand_from remove" -l config -d 'The daemon\'s configuration file' -r -F
complete -c phoebectl -n "__fish_phoebectl_using_subcommand users; and __fish_seen_subcommand_from remove" -l color -d 'When to use colours; auto is on a terminal, unless NO_COLOR is set' -r -f -a "auto\t''
always\t''
never\t''"
complete -c phoebectl -n "__fish_phoebectl_using_subcommand users; and __fish_seen_subcommand_from remove" -l timeout -d 'How long to wait for an answer, such as 500ms, 30s or 2m' -r
complete -c phoebectl -n "__fish_phoebectl_using_subcommand users; and __fish_seen_subcommand_from remove" -s y -l yes -d 'Do not ask'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand users; and __fish_seen_subcommand_from remove" -l json -d 'Print the answer as JSON, for programs'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand users; and __fish_seen_subcommand_from remove" -s h -l help -d 'Print help'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand users; and __fish_seen_subcommand_from import" -l socket -d 'The daemon\'s admin socket' -r -F
complete -c phoebectl -n "__fish_phoebectl_using_subcommand users; and __fish_seen_subcommand_from import" -l config -d 'The daemon\'s configuration file' -r -F
complete -c phoebectl -n "__fish_phoebectl_using_subcommand users; and __fish_seen_subcommand_from import" -l color -d 'When to use colours; auto is on a terminal, unless NO_COLOR is set' -r -f -a "auto\t''
always\t''
never\t''"
complete -c phoebectl -n "__fish_phoebectl_using_subcommand users; and __fish_seen_subcommand_from import" -l timeout -d 'How long to wait for an answer, such as 500ms, 30s or 2m' -r
complete -c phoebectl -n "__fish_phoebectl_using_subcommand users; and __fish_seen_subcommand_from import" -l json -d 'Print the answer as JSON, for programs'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand users; and __fish_seen_subcommand_from import" -s h -l help -d 'Print help'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand users; and __fish_seen_subcommand_from help" -f -a "add" -d 'Make a user'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand users; and __fish_seen_subcommand_from help" -f -a "list" -d 'List the users'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand users; and __fish_seen_subcommand_from help" -f -a "show" -d 'Show one user'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand users; and __fish_seen_subcommand_from help" -f -a "set-role" -d 'Give a user another role'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand users; and __fish_seen_subcommand_from help" -f -a "disable" -d 'Do not let a user log in any more, nor use tokens; their sessions end'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand users; and __fish_seen_subcommand_from help" -f -a "enable" -d 'Let a user log in again'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand users; and __fish_seen_subcommand_from help" -f -a "passwd" -d 'Give a user another password'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand users; and __fish_seen_subcommand_from help" -f -a "remove" -d 'Remove a user; their sessions end and their data are deleted'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand users; and __fish_seen_subcommand_from help" -f -a "import" -d 'Make the users of a CSV file, such as a class'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand users; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand tokens; and not __fish_seen_subcommand_from issue list revoke help" -l socket -d 'The daemon\'s admin socket' -r -F
complete -c phoebectl -n "__fish_phoebectl_using_subcommand tokens; and not __fish_seen_subcommand_from issue list revoke help" -l config -d 'The daemon\'s configuration file' -r -F
complete -c phoebectl -n "__fish_phoebectl_using_subcommand tokens; and not __fish_seen_subcommand_from issue list revoke help" -l color -d 'When to use colours; auto is on a terminal, unless NO_COLOR is set' -r -f -a "auto\t''
always\t''
never\t''"
complete -c phoebectl -n "__fish_phoebectl_using_subcommand tokens; and not __fish_seen_subcommand_from issue list revoke help" -l timeout -d 'How long to wait for an answer, such as 500ms, 30s or 2m' -r
complete -c phoebectl -n "__fish_phoebectl_using_subcommand tokens; and not __fish_seen_subcommand_from issue list revoke help" -l json -d 'Print the answer as JSON, for programs'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand tokens; and not __fish_seen_subcommand_from issue list revoke help" -s h -l help -d 'Print help'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand tokens; and not __fish_seen_subcommand_from issue list revoke help" -f -a "issue" -d 'Issue a token for a script, and print it this once'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand tokens; and not __fish_seen_subcommand_from issue list revoke help" -f -a "list" -d 'List the tokens that were issued, not those of logins'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand tokens; and not __fish_seen_subcommand_from issue list revoke help" -f -a "revoke" -d 'Make a token invalid'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand tokens; and not __fish_seen_subcommand_from issue list revoke help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand tokens; and __fish_seen_subcommand_from issue" -l label -d 'What it is for' -r
complete -c phoebectl -n "__fish_phoebectl_using_subcommand tokens; and __fish_seen_subcommand_from issue" -l expires-in -d 'For how long it is valid, such as 12h or 30d; as long as a login without this' -r
complete -c phoebectl -n "__fish_phoebectl_using_subcommand tokens; and __fish_seen_subcommand_from issue" -l socket -d 'The daemon\'s admin socket' -r -F
complete -c phoebectl -n "__fish_phoebectl_using_subcommand tokens; and __fish_seen_subcommand_from issue" -l config -d 'The daemon\'s configuration file' -r -F
complete -c phoebectl -n "__fish_phoebectl_using_subcommand tokens; and __fish_seen_subcommand_from issue" -l color -d 'When to use colours; auto is on a terminal, unless NO_COLOR is set' -r -f -a "auto\t''
always\t''
never\t''"
complete -c phoebectl -n "__fish_phoebectl_using_subcommand tokens; and __fish_seen_subcommand_from issue" -l timeout -d 'How long to wait for an answer, such as 500ms, 30s or 2m' -r
complete -c phoebectl -n "__fish_phoebectl_using_subcommand tokens; and __fish_seen_subcommand_from issue" -l json -d 'Print the answer as JSON, for programs'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand tokens; and __fish_seen_subcommand_from issue" -s h -l help -d 'Print help'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand tokens; and __fish_seen_subcommand_from list" -l user -d 'Only those of the user with this id or email' -r
complete -c phoebectl -n "__fish_phoebectl_using_subcommand tokens; and __fish_seen_subcommand_from list" -l socket -d 'The daemon\'s admin socket' -r -F
complete -c phoebectl -n "__fish_phoebectl_using_subcommand tokens; and __fish_seen_subcommand_from list" -l config -d 'The daemon\'s configuration file' -r -F
complete -c phoebectl -n "__fish_phoebectl_using_subcommand tokens; and __fish_seen_subcommand_from list" -l color -d 'When to use colours; auto is on a terminal, unless NO_COLOR is set' -r -f -a "auto\t''
always\t''
never\t''"
complete -c phoebectl -n "__fish_phoebectl_using_subcommand tokens; and __fish_seen_subcommand_from list" -l timeout -d 'How long to wait for an answer, such as 500ms, 30s or 2m' -r
complete -c phoebectl -n "__fish_phoebectl_using_subcommand tokens; and __fish_seen_subcommand_from list" -l json -d 'Print the answer as JSON, for programs'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand tokens; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand tokens; and __fish_seen_subcommand_from revoke" -l socket -d 'The daemon\'s admin socket' -r -F
complete -c phoebectl -n "__fish_phoebectl_using_subcommand tokens; and __fish_seen_subcommand_from revoke" -l config -d 'The daemon\'s configuration file' -r -F
complete -c phoebectl -n "__fish_phoebectl_using_subcommand tokens; and __fish_seen_subcommand_from revoke" -l color -d 'When to use colours; auto is on a terminal, unless NO_COLOR is set' -r -f -a "auto\t''
always\t''
never\t''"
complete -c phoebectl -n "__fish_phoebectl_using_subcommand tokens; and __fish_seen_subcommand_from revoke" -l timeout -d 'How long to wait for an answer, such as 500ms, 30s or 2m' -r
complete -c phoebectl -n "__fish_phoebectl_using_subcommand tokens; and __fish_seen_subcommand_from revoke" -l json -d 'Print the answer as JSON, for programs'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand tokens; and __fish_seen_subcommand_from revoke" -s h -l help -d 'Print help'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand tokens; and __fish_seen_subcommand_from help" -f -a "issue" -d 'Issue a token for a script, and print it this once'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand tokens; and __fish_seen_subcommand_from help" -f -a "list" -d 'List the tokens that were issued, not those of logins'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand tokens; and __fish_seen_subcommand_from help" -f -a "revoke" -d 'Make a token invalid'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand tokens; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand audit" -l user -d 'Only what the user with this id or email did, or what was done to them' -r
complete -c phoebectl -n "__fish_phoebectl_using_subcommand audit" -l event -d 'Only this event, such as login' -r
complete -c phoebectl -n "__fish_phoebectl_using_subcommand audit" -l since -d 'Only the last so long, such as 30m, 2h or 7d' -r
complete -c phoebectl -n "__fish_phoebectl_using_subcommand audit" -s n -l limit -d 'How many records to show at most' -r
complete -c phoebectl -n "__fish_phoebectl_using_subcommand audit" -l socket -d 'The daemon\'s admin socket' -r -F
complete -c phoebectl -n "__fish_phoebectl_using_subcommand audit" -l config -d 'The daemon\'s configuration file' -r -F
complete -c phoebectl -n "__fish_phoebectl_using_subcommand audit" -l color -d 'When to use colours; auto is on a terminal, unless NO_COLOR is set' -r -f -a "auto\t''
always\t''
never\t''"
complete -c phoebectl -n "__fish_phoebectl_using_subcommand audit" -l timeout -d 'How long to wait for an answer, such as 500ms, 30s or 2m' -r
complete -c phoebectl -n "__fish_phoebectl_using_subcommand audit" -l json -d 'Print the answer as JSON, for programs'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand audit" -s h -l help -d 'Print help'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand ports" -l socket -d 'The daemon\'s admin socket' -r -F
complete -c phoebectl -n "__fish_phoebectl_using_subcommand ports" -l config -d 'The daemon\'s configuration file' -r -F
complete -c phoebectl -n "__fish_phoebectl_using_subcommand ports" -l color -d 'When to use colours; auto is on a terminal, unless NO_COLOR is set' -r -f -a "auto\t''
always\t''
never\t''"
complete -c phoebectl -n "__fish_phoebectl_using_subcommand ports" -l timeout -d 'How long to wait for an answer, such as 500ms, 30s or 2m' -r
complete -c phoebectl -n "__fish_phoebectl_using_subcommand ports" -l json -d 'Print the answer as JSON, for programs'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand ports" -s h -l help -d 'Print help'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand config; and not __fish_seen_subcommand_from show check default help" -l socket -d 'The daemon\'s admin socket' -r -F
complete -c phoebectl -n "__fish_phoebectl_using_subcommand config; and not __fish_seen_subcommand_from show check default help" -l config -d 'The daemon\'s configuration file' -r -F
complete -c phoebectl -n "__fish_phoebectl_using_subcommand config; and not __fish_seen_subcommand_from show check default help" -l color -d 'When to use colours; auto is on a terminal, unless NO_COLOR is set' -r -f -a "auto\t''
always\t''
never\t''"
complete -c phoebectl -n "__fish_phoebectl_using_subcommand config; and not __fish_seen_subcommand_from show check default help" -l timeout -d 'How long to wait for an answer, such as 500ms, 30s or 2m' -r
complete -c phoebectl -n "__fish_phoebectl_using_subcommand config; and not __fish_seen_subcommand_from show check default help" -l json -d 'Print the answer as JSON, for programs'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand config; and not __fish_seen_subcommand_from show check default help" -s h -l help -d 'Print help'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand config; and not __fish_seen_subcommand_from show check default help" -f -a "show" -d 'Show the configuration in force, and where each value came from'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand config; and not __fish_seen_subcommand_from show check default help" -f -a "check" -d 'Check a configuration file; needs no daemon'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand config; and not __fish_seen_subcommand_from show check default help" -f -a "default" -d 'Print the default configuration file, which explains every key; needs no daemon'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand config; and not __fish_seen_subcommand_from show check default help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand config; and __fish_seen_subcommand_from show" -l socket -d 'The daemon\'s admin socket' -r -F
complete -c phoebectl -n "__fish_phoebectl_using_subcommand config; and __fish_seen_subcommand_from show" -l config -d 'The daemon\'s configuration file' -r -F
complete -c phoebectl -n "__fish_phoebectl_using_subcommand config; and __fish_seen_subcommand_from show" -l color -d 'When to use colours; auto is on a terminal, unless NO_COLOR is set' -r -f -a "auto\t''
always\t''
never\t''"
complete -c phoebectl -n "__fish_phoebectl_using_subcommand config; and __fish_seen_subcommand_from show" -l timeout -d 'How long to wait for an answer, such as 500ms, 30s or 2m' -r
complete -c phoebectl -n "__fish_phoebectl_using_subcommand config; and __fish_seen_subcommand_from show" -l json -d 'Print the answer as JSON, for programs'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand config; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand config; and __fish_seen_subcommand_from check" -l socket -d 'The daemon\'s admin socket' -r -F
complete -c phoebectl -n "__fish_phoebectl_using_subcommand config; and __fish_seen_subcommand_from check" -l config -d 'The daemon\'s configuration file' -r -F
complete -c phoebectl -n "__fish_phoebectl_using_subcommand config; and __fish_seen_subcommand_from check" -l color -d 'When to use colours; auto is on a terminal, unless NO_COLOR is set' -r -f -a "auto\t''
always\t''
never\t''"
complete -c phoebectl -n "__fish_phoebectl_using_subcommand config; and __fish_seen_subcommand_from check" -l timeout -d 'How long to wait for an answer, such as 500ms, 30s or 2m' -r
complete -c phoebectl -n "__fish_phoebectl_using_subcommand config; and __fish_seen_subcommand_from check" -l json -d 'Print the answer as JSON, for programs'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand config; and __fish_seen_subcommand_from check" -s h -l help -d 'Print help'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand config; and __fish_seen_subcommand_from default" -l socket -d 'The daemon\'s admin socket' -r -F
complete -c phoebectl -n "__fish_phoebectl_using_subcommand config; and __fish_seen_subcommand_from default" -l config -d 'The daemon\'s configuration file' -r -F
complete -c phoebectl -n "__fish_phoebectl_using_subcommand config; and __fish_seen_subcommand_from default" -l color -d 'When to use colours; auto is on a terminal, unless NO_COLOR is set' -r -f -a "auto\t''
always\t''
never\t''"
complete -c phoebectl -n "__fish_phoebectl_using_subcommand config; and __fish_seen_subcommand_from default" -l timeout -d 'How long to wait for an answer, such as 500ms, 30s or 2m' -r
complete -c phoebectl -n "__fish_phoebectl_using_subcommand config; and __fish_seen_subcommand_from default" -l json -d 'Print the answer as JSON, for programs'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand config; and __fish_seen_subcommand_from default" -s h -l help -d 'Print help'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand config; and __fish_seen_subcommand_from help" -f -a "show" -d 'Show the configuration in force, and where each value came from'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand config; and __fish_seen_subcommand_from help" -f -a "check" -d 'Check a configuration file; needs no daemon'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand config; and __fish_seen_subcommand_from help" -f -a "default" -d 'Print the default configuration file, which explains every key; needs no daemon'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand config; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand engine; and not __fish_seen_subcommand_from install status upgrade help" -l socket -d 'The daemon\'s admin socket' -r -F
complete -c phoebectl -n "__fish_phoebectl_using_subcommand engine; and not __fish_seen_subcommand_from install status upgrade help" -l config -d 'The daemon\'s configuration file' -r -F
complete -c phoebectl -n "__fish_phoebectl_using_subcommand engine; and not __fish_seen_subcommand_from install status upgrade help" -l color -d 'When to use colours; auto is on a terminal, unless NO_COLOR is set' -r -f -a "auto\t''
always\t''
never\t''"
complete -c phoebectl -n "__fish_phoebectl_using_subcommand engine; and not __fish_seen_subcommand_from install status upgrade help" -l timeout -d 'How long to wait for an answer, such as 500ms, 30s or 2m' -r
complete -c phoebectl -n "__fish_phoebectl_using_subcommand engine; and not __fish_seen_subcommand_from install status upgrade help" -l json -d 'Print the answer as JSON, for programs'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand engine; and not __fish_seen_subcommand_from install status upgrade help" -s h -l help -d 'Print help'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand engine; and not __fish_seen_subcommand_from install status upgrade help" -f -a "install" -d 'Make the Python environment with PHOEBE; needs the internet or a folder of wheels'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand engine; and not __fish_seen_subcommand_from install status upgrade help" -f -a "status" -d 'Show which engine is installed, and whether it works'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand engine; and not __fish_seen_subcommand_from install status upgrade help" -f -a "upgrade" -d 'Build the engine of this version beside the one in use, and change over once it works'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand engine; and not __fish_seen_subcommand_from install status upgrade help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand engine; and __fish_seen_subcommand_from install" -l wheels -d 'A folder with wheels of all packages, for machines without internet' -r -F
complete -c phoebectl -n "__fish_phoebectl_using_subcommand engine; and __fish_seen_subcommand_from install" -l python -d 'The interpreter to make the environment with' -r -F
complete -c phoebectl -n "__fish_phoebectl_using_subcommand engine; and __fish_seen_subcommand_from install" -l socket -d 'The daemon\'s admin socket' -r -F
complete -c phoebectl -n "__fish_phoebectl_using_subcommand engine; and __fish_seen_subcommand_from install" -l config -d 'The daemon\'s configuration file' -r -F
complete -c phoebectl -n "__fish_phoebectl_using_subcommand engine; and __fish_seen_subcommand_from install" -l color -d 'When to use colours; auto is on a terminal, unless NO_COLOR is set' -r -f -a "auto\t''
always\t''
never\t''"
complete -c phoebectl -n "__fish_phoebectl_using_subcommand engine; and __fish_seen_subcommand_from install" -l timeout -d 'How long to wait for an answer, such as 500ms, 30s or 2m' -r
complete -c phoebectl -n "__fish_phoebectl_using_subcommand engine; and __fish_seen_subcommand_from install" -l force -d 'Build it also when a working one of this version is there'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand engine; and __fish_seen_subcommand_from install" -l json -d 'Print the answer as JSON, for programs'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand engine; and __fish_seen_subcommand_from install" -s h -l help -d 'Print help'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand engine; and __fish_seen_subcommand_from status" -l socket -d 'The daemon\'s admin socket' -r -F
complete -c phoebectl -n "__fish_phoebectl_using_subcommand engine; and __fish_seen_subcommand_from status" -l config -d 'The daemon\'s configuration file' -r -F
complete -c phoebectl -n "__fish_phoebectl_using_subcommand engine; and __fish_seen_subcommand_from status" -l color -d 'When to use colours; auto is on a terminal, unless NO_COLOR is set' -r -f -a "auto\t''
always\t''
never\t''"
complete -c phoebectl -n "__fish_phoebectl_using_subcommand engine; and __fish_seen_subcommand_from status" -l timeout -d 'How long to wait for an answer, such as 500ms, 30s or 2m' -r
complete -c phoebectl -n "__fish_phoebectl_using_subcommand engine; and __fish_seen_subcommand_from status" -l json -d 'Print the answer as JSON, for programs'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand engine; and __fish_seen_subcommand_from status" -s h -l help -d 'Print help'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand engine; and __fish_seen_subcommand_from upgrade" -l wheels -d 'A folder with wheels of all packages, for machines without internet' -r -F
complete -c phoebectl -n "__fish_phoebectl_using_subcommand engine; and __fish_seen_subcommand_from upgrade" -l python -d 'The interpreter to make the environment with' -r -F
complete -c phoebectl -n "__fish_phoebectl_using_subcommand engine; and __fish_seen_subcommand_from upgrade" -l socket -d 'The daemon\'s admin socket' -r -F
complete -c phoebectl -n "__fish_phoebectl_using_subcommand engine; and __fish_seen_subcommand_from upgrade" -l config -d 'The daemon\'s configuration file' -r -F
complete -c phoebectl -n "__fish_phoebectl_using_subcommand engine; and __fish_seen_subcommand_from upgrade" -l color -d 'When to use colours; auto is on a terminal, unless NO_COLOR is set' -r -f -a "auto\t''
always\t''
never\t''"
complete -c phoebectl -n "__fish_phoebectl_using_subcommand engine; and __fish_seen_subcommand_from upgrade" -l timeout -d 'How long to wait for an answer, such as 500ms, 30s or 2m' -r
complete -c phoebectl -n "__fish_phoebectl_using_subcommand engine; and __fish_seen_subcommand_from upgrade" -l force -d 'Build it also when a working one of this version is there'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand engine; and __fish_seen_subcommand_from upgrade" -l json -d 'Print the answer as JSON, for programs'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand engine; and __fish_seen_subcommand_from upgrade" -s h -l help -d 'Print help'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand engine; and __fish_seen_subcommand_from help" -f -a "install" -d 'Make the Python environment with PHOEBE; needs the internet or a folder of wheels'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand engine; and __fish_seen_subcommand_from help" -f -a "status" -d 'Show which engine is installed, and whether it works'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand engine; and __fish_seen_subcommand_from help" -f -a "upgrade" -d 'Build the engine of this version beside the one in use, and change over once it works'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand engine; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand reload" -l socket -d 'The daemon\'s admin socket' -r -F
complete -c phoebectl -n "__fish_phoebectl_using_subcommand reload" -l config -d 'The daemon\'s configuration file' -r -F
complete -c phoebectl -n "__fish_phoebectl_using_subcommand reload" -l color -d 'When to use colours; auto is on a terminal, unless NO_COLOR is set' -r -f -a "auto\t''
always\t''
never\t''"
complete -c phoebectl -n "__fish_phoebectl_using_subcommand reload" -l timeout -d 'How long to wait for an answer, such as 500ms, 30s or 2m' -r
complete -c phoebectl -n "__fish_phoebectl_using_subcommand reload" -l json -d 'Print the answer as JSON, for programs'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand reload" -s h -l help -d 'Print help'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand drain" -l socket -d 'The daemon\'s admin socket' -r -F
complete -c phoebectl -n "__fish_phoebectl_using_subcommand drain" -l config -d 'The daemon\'s configuration file' -r -F
complete -c phoebectl -n "__fish_phoebectl_using_subcommand drain" -l color -d 'When to use colours; auto is on a terminal, unless NO_COLOR is set' -r -f -a "auto\t''
always\t''
never\t''"
complete -c phoebectl -n "__fish_phoebectl_using_subcommand drain" -l timeout -d 'How long to wait for an answer, such as 500ms, 30s or 2m' -r
complete -c phoebectl -n "__fish_phoebectl_using_subcommand drain" -l wait -d 'Wait until no command or job runs or waits, at most --timeout'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand drain" -l json -d 'Print the answer as JSON, for programs'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand drain" -s h -l help -d 'Print help'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand undrain" -l socket -d 'The daemon\'s admin socket' -r -F
complete -c phoebectl -n "__fish_phoebectl_using_subcommand undrain" -l config -d 'The daemon\'s configuration file' -r -F
complete -c phoebectl -n "__fish_phoebectl_using_subcommand undrain" -l color -d 'When to use colours; auto is on a terminal, unless NO_COLOR is set' -r -f -a "auto\t''
always\t''
never\t''"
complete -c phoebectl -n "__fish_phoebectl_using_subcommand undrain" -l timeout -d 'How long to wait for an answer, such as 500ms, 30s or 2m' -r
complete -c phoebectl -n "__fish_phoebectl_using_subcommand undrain" -l json -d 'Print the answer as JSON, for programs'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand undrain" -s h -l help -d 'Print help'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand init-db" -l socket -d 'The daemon\'s admin socket' -r -F
complete -c phoebectl -n "__fish_phoebectl_using_subcommand init-db" -l config -d 'The daemon\'s configuration file' -r -F
complete -c phoebectl -n "__fish_phoebectl_using_subcommand init-db" -l color -d 'When to use colours; auto is on a terminal, unless NO_COLOR is set' -r -f -a "auto\t''
always\t''
never\t''"
complete -c phoebectl -n "__fish_phoebectl_using_subcommand init-db" -l timeout -d 'How long to wait for an answer, such as 500ms, 30s or 2m' -r
complete -c phoebectl -n "__fish_phoebectl_using_subcommand init-db" -l force -d 'Replace an existing database; it is kept as a dated backup'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand init-db" -l json -d 'Print the answer as JSON, for programs'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand init-db" -s h -l help -d 'Print help'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand ping" -l socket -d 'The daemon\'s admin socket' -r -F
complete -c phoebectl -n "__fish_phoebectl_using_subcommand ping" -l config -d 'The daemon\'s configuration file' -r -F
complete -c phoebectl -n "__fish_phoebectl_using_subcommand ping" -l color -d 'When to use colours; auto is on a terminal, unless NO_COLOR is set' -r -f -a "auto\t''
always\t''
never\t''"
complete -c phoebectl -n "__fish_phoebectl_using_subcommand ping" -l timeout -d 'How long to wait for an answer, such as 500ms, 30s or 2m' -r
complete -c phoebectl -n "__fish_phoebectl_using_subcommand ping" -l json -d 'Print the answer as JSON, for programs'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand ping" -s h -l help -d 'Print help'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand waitready" -l socket -d 'The daemon\'s admin socket' -r -F
complete -c phoebectl -n "__fish_phoebectl_using_subcommand waitready" -l config -d 'The daemon\'s configuration file' -r -F
complete -c phoebectl -n "__fish_phoebectl_using_subcommand waitready" -l color -d 'When to use colours; auto is on a terminal, unless NO_COLOR is set' -r -f -a "auto\t''
always\t''
never\t''"
complete -c phoebectl -n "__fish_phoebectl_using_subcommand waitready" -l timeout -d 'How long to wait for an answer, such as 500ms, 30s or 2m' -r
complete -c phoebectl -n "__fish_phoebectl_using_subcommand waitready" -l json -d 'Print the answer as JSON, for programs'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand waitready" -s h -l help -d 'Print help'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand shutdown" -l socket -d 'The daemon\'s admin socket' -r -F
complete -c phoebectl -n "__fish_phoebectl_using_subcommand shutdown" -l config -d 'The daemon\'s configuration file' -r -F
complete -c phoebectl -n "__fish_phoebectl_using_subcommand shutdown" -l color -d 'When to use colours; auto is on a terminal, unless NO_COLOR is set' -r -f -a "auto\t''
always\t''
never\t''"
complete -c phoebectl -n "__fish_phoebectl_using_subcommand shutdown" -l timeout -d 'How long to wait for an answer, such as 500ms, 30s or 2m' -r
complete -c phoebectl -n "__fish_phoebectl_using_subcommand shutdown" -l json -d 'Print the answer as JSON, for programs'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand shutdown" -s h -l help -d 'Print help'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand completions" -l socket -d 'The daemon\'s admin socket' -r -F
complete -c phoebectl -n "__fish_phoebectl_using_subcommand completions" -l config -d 'The daemon\'s configuration file' -r -F
complete -c phoebectl -n "__fish_phoebectl_using_subcommand completions" -l color -d 'When to use colours; auto is on a terminal, unless NO_COLOR is set' -r -f -a "auto\t''
always\t''
never\t''"
complete -c phoebectl -n "__fish_phoebectl_using_subcommand completions" -l timeout -d 'How long to wait for an answer, such as 500ms, 30s or 2m' -r
complete -c phoebectl -n "__fish_phoebectl_using_subcommand completions" -l json -d 'Print the answer as JSON, for programs'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand completions" -s h -l help -d 'Print help'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand man" -l directory -d 'Write the pages of all commands into this folder instead' -r -F
complete -c phoebectl -n "__fish_phoebectl_using_subcommand man" -l socket -d 'The daemon\'s admin socket' -r -F
complete -c phoebectl -n "__fish_phoebectl_using_subcommand man" -l config -d 'The daemon\'s configuration file' -r -F
complete -c phoebectl -n "__fish_phoebectl_using_subcommand man" -l color -d 'When to use colours; auto is on a terminal, unless NO_COLOR is set' -r -f -a "auto\t''
always\t''
never\t''"
complete -c phoebectl -n "__fish_phoebectl_using_subcommand man" -l timeout -d 'How long to wait for an answer, such as 500ms, 30s or 2m' -r
complete -c phoebectl -n "__fish_phoebectl_using_subcommand man" -l json -d 'Print the answer as JSON, for programs'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand man" -s h -l help -d 'Print help'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand help; and not __fish_seen_subcommand_from status sessions jobs users tokens audit ports config engine reload drain undrain init-db ping waitready shutdown completions man help" -f -a "status" -d 'Show how the daemon is'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand help; and not __fish_seen_subcommand_from status sessions jobs users tokens audit ports config engine reload drain undrain init-db ping waitready shutdown completions man help" -f -a "sessions" -d 'List, show and end sessions'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand help; and not __fish_seen_subcommand_from status sessions jobs users tokens audit ports config engine reload drain undrain init-db ping waitready shutdown completions man help" -f -a "jobs" -d 'List, show, cancel and watch jobs: long commands and what came of them'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand help; and not __fish_seen_subcommand_from status sessions jobs users tokens audit ports config engine reload drain undrain init-db ping waitready shutdown completions man help" -f -a "users" -d 'Make, list, change and remove users, in auth mode jwt'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand help; and not __fish_seen_subcommand_from status sessions jobs users tokens audit ports config engine reload drain undrain init-db ping waitready shutdown completions man help" -f -a "tokens" -d 'Issue, list and revoke tokens for scripts'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand help; and not __fish_seen_subcommand_from status sessions jobs users tokens audit ports config engine reload drain undrain init-db ping waitready shutdown completions man help" -f -a "audit" -d 'Show who did what: logins, sessions, changes of users'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand help; and not __fish_seen_subcommand_from status sessions jobs users tokens audit ports config engine reload drain undrain init-db ping waitready shutdown completions man help" -f -a "ports" -d 'Show the port pool and who holds its ports'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand help; and not __fish_seen_subcommand_from status sessions jobs users tokens audit ports config engine reload drain undrain init-db ping waitready shutdown completions man help" -f -a "config" -d 'Show, check and print configurations'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand help; and not __fish_seen_subcommand_from status sessions jobs users tokens audit ports config engine reload drain undrain init-db ping waitready shutdown completions man help" -f -a "engine" -d 'Install, show and upgrade the engine: the Python environment with PHOEBE'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand help; and not __fish_seen_subcommand_from status sessions jobs users tokens audit ports config engine reload drain undrain init-db ping waitready shutdown completions man help" -f -a "reload" -d 'Have the daemon read its configuration file again'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand help; and not __fish_seen_subcommand_from status sessions jobs users tokens audit ports config engine reload drain undrain init-db ping waitready shutdown completions man help" -f -a "drain" -d 'Take no new sessions; what runs goes on, and existing sessions are served'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand help; and not __fish_seen_subcommand_from status sessions jobs users tokens audit ports config engine reload drain undrain init-db ping waitready shutdown completions man help" -f -a "undrain" -d 'Take new sessions again'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand help; and not __fish_seen_subcommand_from status sessions jobs users tokens audit ports config engine reload drain undrain init-db ping waitready shutdown completions man help" -f -a "init-db" -d 'Make the log database, or make it afresh and keep the old one as a backup'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand help; and not __fish_seen_subcommand_from status sessions jobs users tokens audit ports config engine reload drain undrain init-db ping waitready shutdown completions man help" -f -a "ping" -d 'Ask whether the daemon answers'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand help; and not __fish_seen_subcommand_from status sessions jobs users tokens audit ports config engine reload drain undrain init-db ping waitready shutdown completions man help" -f -a "waitready" -d 'Wait until sessions can start, at most --timeout'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand help; and not __fish_seen_subcommand_from status sessions jobs users tokens audit ports config engine reload drain undrain init-db ping waitready shutdown completions man help" -f -a "shutdown" -d 'Stop the daemon and wait until it has stopped; every session ends'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand help; and not __fish_seen_subcommand_from status sessions jobs users tokens audit ports config engine reload drain undrain init-db ping waitready shutdown completions man help" -f -a "completions" -d 'Print completions for a shell'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand help; and not __fish_seen_subcommand_from status sessions jobs users tokens audit ports config engine reload drain undrain init-db ping waitready shutdown completions man help" -f -a "man" -d 'Print a manual page'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand help; and not __fish_seen_subcommand_from status sessions jobs users tokens audit ports config engine reload drain undrain init-db ping waitready shutdown completions man help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand help; and __fish_seen_subcommand_from sessions" -f -a "list" -d 'List the sessions'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand help; and __fish_seen_subcommand_from sessions" -f -a "show" -d 'Show one session'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand help; and __fish_seen_subcommand_from sessions" -f -a "kill" -d 'End sessions and wait until they have ended'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand help; and __fish_seen_subcommand_from sessions" -f -a "logs" -d 'Show a session\'s latest commands, and what the journal has of it; also of one that has ended'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand help; and __fish_seen_subcommand_from jobs" -f -a "list" -d 'List the latest jobs, or those of a session'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand help; and __fish_seen_subcommand_from jobs" -f -a "show" -d 'Show one job'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand help; and __fish_seen_subcommand_from jobs" -f -a "cancel" -d 'End a job; its session is as it was before it'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand help; and __fish_seen_subcommand_from jobs" -f -a "watch" -d 'Watch a job until it is over'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand help; and __fish_seen_subcommand_from users" -f -a "add" -d 'Make a user'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand help; and __fish_seen_subcommand_from users" -f -a "list" -d 'List the users'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand help; and __fish_seen_subcommand_from users" -f -a "show" -d 'Show one user'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand help; and __fish_seen_subcommand_from users" -f -a "set-role" -d 'Give a user another role'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand help; and __fish_seen_subcommand_from users" -f -a "disable" -d 'Do not let a user log in any more, nor use tokens; their sessions end'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand help; and __fish_seen_subcommand_from users" -f -a "enable" -d 'Let a user log in again'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand help; and __fish_seen_subcommand_from users" -f -a "passwd" -d 'Give a user another password'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand help; and __fish_seen_subcommand_from users" -f -a "remove" -d 'Remove a user; their sessions end and their data are deleted'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand help; and __fish_seen_subcommand_from users" -f -a "import" -d 'Make the users of a CSV file, such as a class'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand help; and __fish_seen_subcommand_from tokens" -f -a "issue" -d 'Issue a token for a script, and print it this once'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand help; and __fish_seen_subcommand_from tokens" -f -a "list" -d 'List the tokens that were issued, not those of logins'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand help; and __fish_seen_subcommand_from tokens" -f -a "revoke" -d 'Make a token invalid'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand help; and __fish_seen_subcommand_from config" -f -a "show" -d 'Show the configuration in force, and where each value came from'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand help; and __fish_seen_subcommand_from config" -f -a "check" -d 'Check a configuration file; needs no daemon'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand help; and __fish_seen_subcommand_from config" -f -a "default" -d 'Print the default configuration file, which explains every key; needs no daemon'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand help; and __fish_seen_subcommand_from engine" -f -a "install" -d 'Make the Python environment with PHOEBE; needs the internet or a folder of wheels'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand help; and __fish_seen_subcommand_from engine" -f -a "status" -d 'Show which engine is installed, and whether it works'
complete -c phoebectl -n "__fish_phoebectl_using_subcommand help; and __fish_seen_subcommand_from engine" -f -a "upgrade" -d 'Build the engine of this version beside the one in use, and change over once it works'

// Embeds files as they are: name_begin … name_end.
        .section .rodata
        .macro embed name, file
        .global \name\()_begin
        .global \name\()_end
\name\()_begin:
        .incbin "\file"
\name\()_end:
        .endm

        embed tandem_echarts_script, ECHARTS_SCRIPT
        embed tandem_profile_script, PROFILE_SCRIPT
        embed tandem_profile_style, PROFILE_STYLE

        .section .note.GNU-stack,"",%progbits

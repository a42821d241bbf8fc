// Embeds files as they are: name_begin … name_end.
        .section .rodata
        .macro embed name, file
        .global \name\()_begin
        .global \name\()_end
\name\()_begin:
        .incbin "\file"
\name\()_end:
        .endm

        embed tandem_page_style, PAGE_STYLE
        embed tandem_edgent_style, EDGENT_STYLE
        embed tandem_echarts_script, ECHARTS_SCRIPT
        embed tandem_charts_script, CHARTS_SCRIPT
        embed tandem_profile_script, PROFILE_SCRIPT
        embed tandem_edgent_script, EDGENT_SCRIPT
        embed tandem_jalad_script, JALAD_SCRIPT

        .section .note.GNU-stack,"",%progbits

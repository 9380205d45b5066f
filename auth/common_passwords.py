"""The most common passwords that would fit a profile, composed from the usual bases and endings (L2)."""

_WORDS = """
!qaz2wsx 00000000 0123456789 11111111 11223344 1122334455 123123123 123321123 12341234 12345678 123456789
1234567890 147258369 159357258 1q2w3e4r 1q2w3e4r5t 1qaz2wsx 1qaz@wsx 66666666 741852963 87654321 88888888
987654321 99999999 a1234567 a12345678 a123456789 a5201314 a@123456 aa000000 aa111111 aa123456 aa1234567
aa12345678 aa123456789 aa5201314 aa666666 aa888888 aa@12345 aa@123456 aaa#1234 aaa000000 aaa111111 aaa1234!
aaa12345 aaa123456 aaa1234567 aaa12345678 aaa123456789 aaa5201314 aaa666666 aaa888888 aaa@1234 aaa@12345
aaa@123456 aaa@2023 aaa@2024 aaa@2025 aaa@2026 abc#1234 abc000000 abc111111 abc1234! abc12345 abc123456
abc1234567 abc12345678 abc123456789 abc5201314 abc666666 abc888888 abc@1234 abc@12345 abc@123456 abc@2023
abc@2024 abc@2025 abc@2026 abcd!@#$ abcd#123 abcd#1234 abcd0000 abcd000000 abcd1111 abcd111111 abcd123! abcd123.
abcd1234 abcd1234! abcd12345 abcd123456 abcd1234567 abcd12345678 abcd123456789 abcd1314 abcd2020 abcd2021
abcd2022 abcd2023 abcd2024 abcd2025 abcd2026 abcd5201314 abcd6666 abcd666666 abcd8888 abcd888888 abcd@123
abcd@1234 abcd@12345 abcd@123456 abcd@2023 abcd@2024 abcd@2025 abcd@2026 abcde!@# abcde!@#$ abcde#123 abcde#1234
abcde000 abcde0000 abcde000000 abcde007 abcde111 abcde1111 abcde111111 abcde123 abcde123! abcde123. abcde1234
abcde1234! abcde12345 abcde123456 abcde1234567 abcde12345678 abcde123456789 abcde1314 abcde2020 abcde2021
abcde2022 abcde2023 abcde2024 abcde2025 abcde2026 abcde520 abcde5201314 abcde521 abcde666 abcde6666 abcde666666
abcde888 abcde8888 abcde888888 abcde@123 abcde@1234 abcde@12345 abcde@123456 abcde@2023 abcde@2024 abcde@2025
abcde@2026 abcdef!@# abcdef!@#$ abcdef#123 abcdef#1234 abcdef000 abcdef0000 abcdef000000 abcdef007 abcdef01
abcdef11 abcdef111 abcdef1111 abcdef111111 abcdef12 abcdef123 abcdef123! abcdef123. abcdef1234 abcdef1234!
abcdef12345 abcdef123456 abcdef1234567 abcdef12345678 abcdef123456789 abcdef1314 abcdef2020 abcdef2021
abcdef2022 abcdef2023 abcdef2024 abcdef2025 abcdef2026 abcdef520 abcdef5201314 abcdef521 abcdef666 abcdef6666
abcdef666666 abcdef888 abcdef8888 abcdef888888 abcdef@123 abcdef@1234 abcdef@12345 abcdef@123456 abcdef@2023
abcdef@2024 abcdef@2025 abcdef@2026 admin!@# admin!@#$ admin#123 admin#1234 admin000 admin0000 admin000000
admin007 admin111 admin1111 admin111111 admin123 admin123! admin123. admin1234 admin1234! admin12345 admin123456
admin1234567 admin12345678 admin123456789 admin1314 admin2020 admin2021 admin2022 admin2023 admin2024 admin2025
admin2026 admin520 admin5201314 admin521 admin666 admin6666 admin666666 admin888 admin8888 admin888888 admin@123
admin@1234 admin@12345 admin@123456 admin@2023 admin@2024 admin@2025 admin@2026 administrator!@#
administrator!@#$ administrator#123 administrator#1234 administrator0 administrator000 administrator0000
administrator000000 administrator007 administrator01 administrator1 administrator11 administrator111
administrator1111 administrator111111 administrator12 administrator123 administrator123! administrator123.
administrator1234 administrator1234! administrator12345 administrator123456 administrator1234567
administrator12345678 administrator123456789 administrator1314 administrator2020 administrator2021
administrator2022 administrator2023 administrator2024 administrator2025 administrator2026 administrator520
administrator5201314 administrator521 administrator666 administrator6666 administrator666666 administrator888
administrator8888 administrator888888 administrator@123 administrator@1234 administrator@12345
administrator@123456 administrator@2023 administrator@2024 administrator@2025 administrator@2026 alibaba!@#
alibaba!@#$ alibaba#123 alibaba#1234 alibaba0 alibaba000 alibaba0000 alibaba000000 alibaba007 alibaba01 alibaba1
alibaba11 alibaba111 alibaba1111 alibaba111111 alibaba12 alibaba123 alibaba123! alibaba123. alibaba1234
alibaba1234! alibaba12345 alibaba123456 alibaba1234567 alibaba12345678 alibaba123456789 alibaba1314 alibaba2020
alibaba2021 alibaba2022 alibaba2023 alibaba2024 alibaba2025 alibaba2026 alibaba520 alibaba5201314 alibaba521
alibaba666 alibaba6666 alibaba666666 alibaba888 alibaba8888 alibaba888888 alibaba@123 alibaba@1234 alibaba@12345
alibaba@123456 alibaba@2023 alibaba@2024 alibaba@2025 alibaba@2026 asdf!@#$ asdf#123 asdf#1234 asdf0000
asdf000000 asdf1111 asdf111111 asdf123! asdf123. asdf1234 asdf1234! asdf12345 asdf123456 asdf1234567
asdf12345678 asdf123456789 asdf1314 asdf2020 asdf2021 asdf2022 asdf2023 asdf2024 asdf2025 asdf2026 asdf5201314
asdf6666 asdf666666 asdf8888 asdf888888 asdf@123 asdf@1234 asdf@12345 asdf@123456 asdf@2023 asdf@2024 asdf@2025
asdf@2026 asdfgh!@# asdfgh!@#$ asdfgh#123 asdfgh#1234 asdfgh000 asdfgh0000 asdfgh000000 asdfgh007 asdfgh01
asdfgh11 asdfgh111 asdfgh1111 asdfgh111111 asdfgh12 asdfgh123 asdfgh123! asdfgh123. asdfgh1234 asdfgh1234!
asdfgh12345 asdfgh123456 asdfgh1234567 asdfgh12345678 asdfgh123456789 asdfgh1314 asdfgh2020 asdfgh2021
asdfgh2022 asdfgh2023 asdfgh2024 asdfgh2025 asdfgh2026 asdfgh520 asdfgh5201314 asdfgh521 asdfgh666 asdfgh6666
asdfgh666666 asdfgh888 asdfgh8888 asdfgh888888 asdfgh@123 asdfgh@1234 asdfgh@12345 asdfgh@123456 asdfgh@2023
asdfgh@2024 asdfgh@2025 asdfgh@2026 asdfghjkl b1234567 b12345678 b123456789 b5201314 b@123456 baseball!@#
baseball!@#$ baseball#123 baseball#1234 baseball0 baseball000 baseball0000 baseball000000 baseball007 baseball01
baseball1 baseball11 baseball111 baseball1111 baseball111111 baseball12 baseball123 baseball123! baseball123.
baseball1234 baseball1234! baseball12345 baseball123456 baseball1234567 baseball12345678 baseball123456789
baseball1314 baseball2020 baseball2021 baseball2022 baseball2023 baseball2024 baseball2025 baseball2026
baseball520 baseball5201314 baseball521 baseball666 baseball6666 baseball666666 baseball888 baseball8888
baseball888888 baseball@123 baseball@1234 baseball@12345 baseball@123456 baseball@2023 baseball@2024
baseball@2025 baseball@2026 batman!@# batman!@#$ batman#123 batman#1234 batman000 batman0000 batman000000
batman007 batman01 batman11 batman111 batman1111 batman111111 batman12 batman123 batman123! batman123.
batman1234 batman1234! batman12345 batman123456 batman1234567 batman12345678 batman123456789 batman1314
batman2020 batman2021 batman2022 batman2023 batman2024 batman2025 batman2026 batman520 batman5201314 batman521
batman666 batman6666 batman666666 batman888 batman8888 batman888888 batman@123 batman@1234 batman@12345
batman@123456 batman@2023 batman@2024 batman@2025 batman@2026 beijing!@# beijing!@#$ beijing#123 beijing#1234
beijing0 beijing000 beijing0000 beijing000000 beijing007 beijing01 beijing1 beijing11 beijing111 beijing1111
beijing111111 beijing12 beijing123 beijing123! beijing123. beijing1234 beijing1234! beijing12345 beijing123456
beijing1234567 beijing12345678 beijing123456789 beijing1314 beijing2020 beijing2021 beijing2022 beijing2023
beijing2024 beijing2025 beijing2026 beijing520 beijing5201314 beijing521 beijing666 beijing6666 beijing666666
beijing888 beijing8888 beijing888888 beijing@123 beijing@1234 beijing@12345 beijing@123456 beijing@2023
beijing@2024 beijing@2025 beijing@2026 c1234567 c12345678 c123456789 c5201314 c@123456 changeme!@# changeme!@#$
changeme#123 changeme#1234 changeme0 changeme000 changeme0000 changeme000000 changeme007 changeme01 changeme1
changeme11 changeme111 changeme1111 changeme111111 changeme12 changeme123 changeme123! changeme123. changeme1234
changeme1234! changeme12345 changeme123456 changeme1234567 changeme12345678 changeme123456789 changeme1314
changeme2020 changeme2021 changeme2022 changeme2023 changeme2024 changeme2025 changeme2026 changeme520
changeme5201314 changeme521 changeme666 changeme6666 changeme666666 changeme888 changeme8888 changeme888888
changeme@123 changeme@1234 changeme@12345 changeme@123456 changeme@2023 changeme@2024 changeme@2025
changeme@2026 charlie!@# charlie!@#$ charlie#123 charlie#1234 charlie0 charlie000 charlie0000 charlie000000
charlie007 charlie01 charlie1 charlie11 charlie111 charlie1111 charlie111111 charlie12 charlie123 charlie123!
charlie123. charlie1234 charlie1234! charlie12345 charlie123456 charlie1234567 charlie12345678 charlie123456789
charlie1314 charlie2020 charlie2021 charlie2022 charlie2023 charlie2024 charlie2025 charlie2026 charlie520
charlie5201314 charlie521 charlie666 charlie6666 charlie666666 charlie888 charlie8888 charlie888888 charlie@123
charlie@1234 charlie@12345 charlie@123456 charlie@2023 charlie@2024 charlie@2025 charlie@2026 chen!@#$ chen#123
chen#1234 chen0000 chen000000 chen1111 chen111111 chen123! chen123. chen1234 chen1234! chen12345 chen123456
chen1234567 chen12345678 chen123456789 chen1314 chen2020 chen2021 chen2022 chen2023 chen2024 chen2025 chen2026
chen5201314 chen6666 chen666666 chen8888 chen888888 chen@123 chen@1234 chen@12345 chen@123456 chen@2023
chen@2024 chen@2025 chen@2026 china!@# china!@#$ china#123 china#1234 china000 china0000 china000000 china007
china111 china1111 china111111 china123 china123! china123. china1234 china1234! china12345 china123456
china1234567 china12345678 china123456789 china1314 china2020 china2021 china2022 china2023 china2024 china2025
china2026 china520 china5201314 china521 china666 china6666 china666666 china888 china8888 china888888 china@123
china@1234 china@12345 china@123456 china@2023 china@2024 china@2025 china@2026 company!@# company!@#$
company#123 company#1234 company0 company000 company0000 company000000 company007 company01 company1 company11
company111 company1111 company111111 company12 company123 company123! company123. company1234 company1234!
company12345 company123456 company1234567 company12345678 company123456789 company1314 company2020 company2021
company2022 company2023 company2024 company2025 company2026 company520 company5201314 company521 company666
company6666 company666666 company888 company8888 company888888 company@123 company@1234 company@12345
company@123456 company@2023 company@2024 company@2025 company@2026 computer!@# computer!@#$ computer#123
computer#1234 computer0 computer000 computer0000 computer000000 computer007 computer01 computer1 computer11
computer111 computer1111 computer111111 computer12 computer123 computer123! computer123. computer1234
computer1234! computer12345 computer123456 computer1234567 computer12345678 computer123456789 computer1314
computer2020 computer2021 computer2022 computer2023 computer2024 computer2025 computer2026 computer520
computer5201314 computer521 computer666 computer6666 computer666666 computer888 computer8888 computer888888
computer@123 computer@1234 computer@12345 computer@123456 computer@2023 computer@2024 computer@2025
computer@2026 default!@# default!@#$ default#123 default#1234 default0 default000 default0000 default000000
default007 default01 default1 default11 default111 default1111 default111111 default12 default123 default123!
default123. default1234 default1234! default12345 default123456 default1234567 default12345678 default123456789
default1314 default2020 default2021 default2022 default2023 default2024 default2025 default2026 default520
default5201314 default521 default666 default6666 default666666 default888 default8888 default888888 default@123
default@1234 default@12345 default@123456 default@2023 default@2024 default@2025 default@2026 demo!@#$ demo#123
demo#1234 demo0000 demo000000 demo1111 demo111111 demo123! demo123. demo1234 demo1234! demo12345 demo123456
demo1234567 demo12345678 demo123456789 demo1314 demo2020 demo2021 demo2022 demo2023 demo2024 demo2025 demo2026
demo5201314 demo6666 demo666666 demo8888 demo888888 demo@123 demo@1234 demo@12345 demo@123456 demo@2023
demo@2024 demo@2025 demo@2026 dragon!@# dragon!@#$ dragon#123 dragon#1234 dragon000 dragon0000 dragon000000
dragon007 dragon01 dragon11 dragon111 dragon1111 dragon111111 dragon12 dragon123 dragon123! dragon123.
dragon1234 dragon1234! dragon12345 dragon123456 dragon1234567 dragon12345678 dragon123456789 dragon1314
dragon2020 dragon2021 dragon2022 dragon2023 dragon2024 dragon2025 dragon2026 dragon520 dragon5201314 dragon521
dragon666 dragon6666 dragon666666 dragon888 dragon8888 dragon888888 dragon@123 dragon@1234 dragon@12345
dragon@123456 dragon@2023 dragon@2024 dragon@2025 dragon@2026 football!@# football!@#$ football#123
football#1234 football0 football000 football0000 football000000 football007 football01 football1 football11
football111 football1111 football111111 football12 football123 football123! football123. football1234
football1234! football12345 football123456 football1234567 football12345678 football123456789 football1314
football2020 football2021 football2022 football2023 football2024 football2025 football2026 football520
football5201314 football521 football666 football6666 football666666 football888 football8888 football888888
football@123 football@1234 football@12345 football@123456 football@2023 football@2024 football@2025
football@2026 guangzhou!@# guangzhou!@#$ guangzhou#123 guangzhou#1234 guangzhou0 guangzhou000 guangzhou0000
guangzhou000000 guangzhou007 guangzhou01 guangzhou1 guangzhou11 guangzhou111 guangzhou1111 guangzhou111111
guangzhou12 guangzhou123 guangzhou123! guangzhou123. guangzhou1234 guangzhou1234! guangzhou12345 guangzhou123456
guangzhou1234567 guangzhou12345678 guangzhou123456789 guangzhou1314 guangzhou2020 guangzhou2021 guangzhou2022
guangzhou2023 guangzhou2024 guangzhou2025 guangzhou2026 guangzhou520 guangzhou5201314 guangzhou521 guangzhou666
guangzhou6666 guangzhou666666 guangzhou888 guangzhou8888 guangzhou888888 guangzhou@123 guangzhou@1234
guangzhou@12345 guangzhou@123456 guangzhou@2023 guangzhou@2024 guangzhou@2025 guangzhou@2026 guest!@# guest!@#$
guest#123 guest#1234 guest000 guest0000 guest000000 guest007 guest111 guest1111 guest111111 guest123 guest123!
guest123. guest1234 guest1234! guest12345 guest123456 guest1234567 guest12345678 guest123456789 guest1314
guest2020 guest2021 guest2022 guest2023 guest2024 guest2025 guest2026 guest520 guest5201314 guest521 guest666
guest6666 guest666666 guest888 guest8888 guest888888 guest@123 guest@1234 guest@12345 guest@123456 guest@2023
guest@2024 guest@2025 guest@2026 haohao!@# haohao!@#$ haohao#123 haohao#1234 haohao000 haohao0000 haohao000000
haohao007 haohao01 haohao11 haohao111 haohao1111 haohao111111 haohao12 haohao123 haohao123! haohao123.
haohao1234 haohao1234! haohao12345 haohao123456 haohao1234567 haohao12345678 haohao123456789 haohao1314
haohao2020 haohao2021 haohao2022 haohao2023 haohao2024 haohao2025 haohao2026 haohao520 haohao5201314 haohao521
haohao666 haohao6666 haohao666666 haohao888 haohao8888 haohao888888 haohao@123 haohao@1234 haohao@12345
haohao@123456 haohao@2023 haohao@2024 haohao@2025 haohao@2026 hello!@# hello!@#$ hello#123 hello#1234 hello000
hello0000 hello000000 hello007 hello111 hello1111 hello111111 hello123 hello123! hello123. hello1234 hello1234!
hello12345 hello123456 hello1234567 hello12345678 hello123456789 hello1314 hello2020 hello2021 hello2022
hello2023 hello2024 hello2025 hello2026 hello520 hello5201314 hello521 hello666 hello6666 hello666666 hello888
hello8888 hello888888 hello@123 hello@1234 hello@12345 hello@123456 hello@2023 hello@2024 hello@2025 hello@2026
helloworld!@# helloworld!@#$ helloworld#123 helloworld#1234 helloworld0 helloworld000 helloworld0000
helloworld000000 helloworld007 helloworld01 helloworld1 helloworld11 helloworld111 helloworld1111
helloworld111111 helloworld12 helloworld123 helloworld123! helloworld123. helloworld1234 helloworld1234!
helloworld12345 helloworld123456 helloworld1234567 helloworld12345678 helloworld123456789 helloworld1314
helloworld2020 helloworld2021 helloworld2022 helloworld2023 helloworld2024 helloworld2025 helloworld2026
helloworld520 helloworld5201314 helloworld521 helloworld666 helloworld6666 helloworld666666 helloworld888
helloworld8888 helloworld888888 helloworld@123 helloworld@1234 helloworld@12345 helloworld@123456
helloworld@2023 helloworld@2024 helloworld@2025 helloworld@2026 huang!@# huang!@#$ huang#123 huang#1234 huang000
huang0000 huang000000 huang007 huang111 huang1111 huang111111 huang123 huang123! huang123. huang1234 huang1234!
huang12345 huang123456 huang1234567 huang12345678 huang123456789 huang1314 huang2020 huang2021 huang2022
huang2023 huang2024 huang2025 huang2026 huang520 huang5201314 huang521 huang666 huang6666 huang666666 huang888
huang8888 huang888888 huang@123 huang@1234 huang@12345 huang@123456 huang@2023 huang@2024 huang@2025 huang@2026
huawei!@# huawei!@#$ huawei#123 huawei#1234 huawei000 huawei0000 huawei000000 huawei007 huawei01 huawei11
huawei111 huawei1111 huawei111111 huawei12 huawei123 huawei123! huawei123. huawei1234 huawei1234! huawei12345
huawei123456 huawei1234567 huawei12345678 huawei123456789 huawei1314 huawei2020 huawei2021 huawei2022 huawei2023
huawei2024 huawei2025 huawei2026 huawei520 huawei5201314 huawei521 huawei666 huawei6666 huawei666666 huawei888
huawei8888 huawei888888 huawei@123 huawei@1234 huawei@12345 huawei@123456 huawei@2023 huawei@2024 huawei@2025
huawei@2026 hunter!@# hunter!@#$ hunter#123 hunter#1234 hunter000 hunter0000 hunter000000 hunter007 hunter01
hunter11 hunter111 hunter1111 hunter111111 hunter12 hunter123 hunter123! hunter123. hunter1234 hunter1234!
hunter12345 hunter123456 hunter1234567 hunter12345678 hunter123456789 hunter1314 hunter2020 hunter2021
hunter2022 hunter2023 hunter2024 hunter2025 hunter2026 hunter520 hunter5201314 hunter521 hunter666 hunter6666
hunter666666 hunter888 hunter8888 hunter888888 hunter@123 hunter@1234 hunter@12345 hunter@123456 hunter@2023
hunter@2024 hunter@2025 hunter@2026 iloveyou!@# iloveyou!@#$ iloveyou#123 iloveyou#1234 iloveyou0 iloveyou000
iloveyou0000 iloveyou000000 iloveyou007 iloveyou01 iloveyou1 iloveyou11 iloveyou111 iloveyou1111 iloveyou111111
iloveyou12 iloveyou123 iloveyou123! iloveyou123. iloveyou1234 iloveyou1234! iloveyou12345 iloveyou123456
iloveyou1234567 iloveyou12345678 iloveyou123456789 iloveyou1314 iloveyou2020 iloveyou2021 iloveyou2022
iloveyou2023 iloveyou2024 iloveyou2025 iloveyou2026 iloveyou520 iloveyou5201314 iloveyou521 iloveyou666
iloveyou6666 iloveyou666666 iloveyou888 iloveyou8888 iloveyou888888 iloveyou@123 iloveyou@1234 iloveyou@12345
iloveyou@123456 iloveyou@2023 iloveyou@2024 iloveyou@2025 iloveyou@2026 internet!@# internet!@#$ internet#123
internet#1234 internet0 internet000 internet0000 internet000000 internet007 internet01 internet1 internet11
internet111 internet1111 internet111111 internet12 internet123 internet123! internet123. internet1234
internet1234! internet12345 internet123456 internet1234567 internet12345678 internet123456789 internet1314
internet2020 internet2021 internet2022 internet2023 internet2024 internet2025 internet2026 internet520
internet5201314 internet521 internet666 internet6666 internet666666 internet888 internet8888 internet888888
internet@123 internet@1234 internet@12345 internet@123456 internet@2023 internet@2024 internet@2025
internet@2026 jordan!@# jordan!@#$ jordan#123 jordan#1234 jordan000 jordan0000 jordan000000 jordan007 jordan01
jordan11 jordan111 jordan1111 jordan111111 jordan12 jordan123 jordan123! jordan123. jordan1234 jordan1234!
jordan12345 jordan123456 jordan1234567 jordan12345678 jordan123456789 jordan1314 jordan2020 jordan2021
jordan2022 jordan2023 jordan2024 jordan2025 jordan2026 jordan520 jordan5201314 jordan521 jordan666 jordan6666
jordan666666 jordan888 jordan8888 jordan888888 jordan@123 jordan@1234 jordan@12345 jordan@123456 jordan@2023
jordan@2024 jordan@2025 jordan@2026 letmein!@# letmein!@#$ letmein#123 letmein#1234 letmein0 letmein000
letmein0000 letmein000000 letmein007 letmein01 letmein1 letmein11 letmein111 letmein1111 letmein111111 letmein12
letmein123 letmein123! letmein123. letmein1234 letmein1234! letmein12345 letmein123456 letmein1234567
letmein12345678 letmein123456789 letmein1314 letmein2020 letmein2021 letmein2022 letmein2023 letmein2024
letmein2025 letmein2026 letmein520 letmein5201314 letmein521 letmein666 letmein6666 letmein666666 letmein888
letmein8888 letmein888888 letmein@123 letmein@1234 letmein@12345 letmein@123456 letmein@2023 letmein@2024
letmein@2025 letmein@2026 li000000 li111111 li123456 li1234567 li12345678 li123456789 li5201314 li666666
li888888 li@12345 li@123456 liu#1234 liu000000 liu111111 liu1234! liu12345 liu123456 liu1234567 liu12345678
liu123456789 liu5201314 liu666666 liu888888 liu@1234 liu@12345 liu@123456 liu@2023 liu@2024 liu@2025 liu@2026
manager!@# manager!@#$ manager#123 manager#1234 manager0 manager000 manager0000 manager000000 manager007
manager01 manager1 manager11 manager111 manager1111 manager111111 manager12 manager123 manager123! manager123.
manager1234 manager1234! manager12345 manager123456 manager1234567 manager12345678 manager123456789 manager1314
manager2020 manager2021 manager2022 manager2023 manager2024 manager2025 manager2026 manager520 manager5201314
manager521 manager666 manager6666 manager666666 manager888 manager8888 manager888888 manager@123 manager@1234
manager@12345 manager@123456 manager@2023 manager@2024 manager@2025 manager@2026 master!@# master!@#$ master#123
master#1234 master000 master0000 master000000 master007 master01 master11 master111 master1111 master111111
master12 master123 master123! master123. master1234 master1234! master12345 master123456 master1234567
master12345678 master123456789 master1314 master2020 master2021 master2022 master2023 master2024 master2025
master2026 master520 master5201314 master521 master666 master6666 master666666 master888 master8888 master888888
master@123 master@1234 master@12345 master@123456 master@2023 master@2024 master@2025 master@2026 michael!@#
michael!@#$ michael#123 michael#1234 michael0 michael000 michael0000 michael000000 michael007 michael01 michael1
michael11 michael111 michael1111 michael111111 michael12 michael123 michael123! michael123. michael1234
michael1234! michael12345 michael123456 michael1234567 michael12345678 michael123456789 michael1314 michael2020
michael2021 michael2022 michael2023 michael2024 michael2025 michael2026 michael520 michael5201314 michael521
michael666 michael6666 michael666666 michael888 michael8888 michael888888 michael@123 michael@1234 michael@12345
michael@123456 michael@2023 michael@2024 michael@2025 michael@2026 mima!@#$ mima#123 mima#1234 mima0000
mima000000 mima1111 mima111111 mima123! mima123. mima1234 mima1234! mima12345 mima123456 mima1234567
mima12345678 mima123456789 mima1314 mima2020 mima2021 mima2022 mima2023 mima2024 mima2025 mima2026 mima5201314
mima6666 mima666666 mima8888 mima888888 mima@123 mima@1234 mima@12345 mima@123456 mima@2023 mima@2024 mima@2025
mima@2026 monkey!@# monkey!@#$ monkey#123 monkey#1234 monkey000 monkey0000 monkey000000 monkey007 monkey01
monkey11 monkey111 monkey1111 monkey111111 monkey12 monkey123 monkey123! monkey123. monkey1234 monkey1234!
monkey12345 monkey123456 monkey1234567 monkey12345678 monkey123456789 monkey1314 monkey2020 monkey2021
monkey2022 monkey2023 monkey2024 monkey2025 monkey2026 monkey520 monkey5201314 monkey521 monkey666 monkey6666
monkey666666 monkey888 monkey8888 monkey888888 monkey@123 monkey@1234 monkey@12345 monkey@123456 monkey@2023
monkey@2024 monkey@2025 monkey@2026 mysql!@# mysql!@#$ mysql#123 mysql#1234 mysql000 mysql0000 mysql000000
mysql007 mysql111 mysql1111 mysql111111 mysql123 mysql123! mysql123. mysql1234 mysql1234! mysql12345 mysql123456
mysql1234567 mysql12345678 mysql123456789 mysql1314 mysql2020 mysql2021 mysql2022 mysql2023 mysql2024 mysql2025
mysql2026 mysql520 mysql5201314 mysql521 mysql666 mysql6666 mysql666666 mysql888 mysql8888 mysql888888 mysql@123
mysql@1234 mysql@12345 mysql@123456 mysql@2023 mysql@2024 mysql@2025 mysql@2026 nihao!@# nihao!@#$ nihao#123
nihao#1234 nihao000 nihao0000 nihao000000 nihao007 nihao111 nihao1111 nihao111111 nihao123 nihao123! nihao123.
nihao1234 nihao1234! nihao12345 nihao123456 nihao1234567 nihao12345678 nihao123456789 nihao1314 nihao2020
nihao2021 nihao2022 nihao2023 nihao2024 nihao2025 nihao2026 nihao520 nihao5201314 nihao521 nihao666 nihao6666
nihao666666 nihao888 nihao8888 nihao888888 nihao@123 nihao@1234 nihao@12345 nihao@123456 nihao@2023 nihao@2024
nihao@2025 nihao@2026 nihaoma!@# nihaoma!@#$ nihaoma#123 nihaoma#1234 nihaoma0 nihaoma000 nihaoma0000
nihaoma000000 nihaoma007 nihaoma01 nihaoma1 nihaoma11 nihaoma111 nihaoma1111 nihaoma111111 nihaoma12 nihaoma123
nihaoma123! nihaoma123. nihaoma1234 nihaoma1234! nihaoma12345 nihaoma123456 nihaoma1234567 nihaoma12345678
nihaoma123456789 nihaoma1314 nihaoma2020 nihaoma2021 nihaoma2022 nihaoma2023 nihaoma2024 nihaoma2025 nihaoma2026
nihaoma520 nihaoma5201314 nihaoma521 nihaoma666 nihaoma6666 nihaoma666666 nihaoma888 nihaoma8888 nihaoma888888
nihaoma@123 nihaoma@1234 nihaoma@12345 nihaoma@123456 nihaoma@2023 nihaoma@2024 nihaoma@2025 nihaoma@2026
oracle!@# oracle!@#$ oracle#123 oracle#1234 oracle000 oracle0000 oracle000000 oracle007 oracle01 oracle11
oracle111 oracle1111 oracle111111 oracle12 oracle123 oracle123! oracle123. oracle1234 oracle1234! oracle12345
oracle123456 oracle1234567 oracle12345678 oracle123456789 oracle1314 oracle2020 oracle2021 oracle2022 oracle2023
oracle2024 oracle2025 oracle2026 oracle520 oracle5201314 oracle521 oracle666 oracle6666 oracle666666 oracle888
oracle8888 oracle888888 oracle@123 oracle@1234 oracle@12345 oracle@123456 oracle@2023 oracle@2024 oracle@2025
oracle@2026 p@ssw0rd!@# p@ssw0rd!@#$ p@ssw0rd#123 p@ssw0rd#1234 p@ssw0rd0 p@ssw0rd000 p@ssw0rd0000
p@ssw0rd000000 p@ssw0rd007 p@ssw0rd01 p@ssw0rd1 p@ssw0rd11 p@ssw0rd111 p@ssw0rd1111 p@ssw0rd111111 p@ssw0rd12
p@ssw0rd123 p@ssw0rd123! p@ssw0rd123. p@ssw0rd1234 p@ssw0rd1234! p@ssw0rd12345 p@ssw0rd123456 p@ssw0rd1234567
p@ssw0rd12345678 p@ssw0rd123456789 p@ssw0rd1314 p@ssw0rd2020 p@ssw0rd2021 p@ssw0rd2022 p@ssw0rd2023 p@ssw0rd2024
p@ssw0rd2025 p@ssw0rd2026 p@ssw0rd520 p@ssw0rd5201314 p@ssw0rd521 p@ssw0rd666 p@ssw0rd6666 p@ssw0rd666666
p@ssw0rd888 p@ssw0rd8888 p@ssw0rd888888 p@ssw0rd@123 p@ssw0rd@1234 p@ssw0rd@12345 p@ssw0rd@123456 p@ssw0rd@2023
p@ssw0rd@2024 p@ssw0rd@2025 p@ssw0rd@2026 p@ssword!@# p@ssword!@#$ p@ssword#123 p@ssword#1234 p@ssword0
p@ssword000 p@ssword0000 p@ssword000000 p@ssword007 p@ssword01 p@ssword1 p@ssword11 p@ssword111 p@ssword1111
p@ssword111111 p@ssword12 p@ssword123 p@ssword123! p@ssword123. p@ssword1234 p@ssword1234! p@ssword12345
p@ssword123456 p@ssword1234567 p@ssword12345678 p@ssword123456789 p@ssword1314 p@ssword2020 p@ssword2021
p@ssword2022 p@ssword2023 p@ssword2024 p@ssword2025 p@ssword2026 p@ssword520 p@ssword5201314 p@ssword521
p@ssword666 p@ssword6666 p@ssword666666 p@ssword888 p@ssword8888 p@ssword888888 p@ssword@123 p@ssword@1234
p@ssword@12345 p@ssword@123456 p@ssword@2023 p@ssword@2024 p@ssword@2025 p@ssword@2026 passw0rd!@# passw0rd!@#$
passw0rd#123 passw0rd#1234 passw0rd0 passw0rd000 passw0rd0000 passw0rd000000 passw0rd007 passw0rd01 passw0rd1
passw0rd11 passw0rd111 passw0rd1111 passw0rd111111 passw0rd12 passw0rd123 passw0rd123! passw0rd123. passw0rd1234
passw0rd1234! passw0rd12345 passw0rd123456 passw0rd1234567 passw0rd12345678 passw0rd123456789 passw0rd1314
passw0rd2020 passw0rd2021 passw0rd2022 passw0rd2023 passw0rd2024 passw0rd2025 passw0rd2026 passw0rd520
passw0rd5201314 passw0rd521 passw0rd666 passw0rd6666 passw0rd666666 passw0rd888 passw0rd8888 passw0rd888888
passw0rd@123 passw0rd@1234 passw0rd@12345 passw0rd@123456 passw0rd@2023 passw0rd@2024 passw0rd@2025
passw0rd@2026 password!@# password!@#$ password#123 password#1234 password0 password000 password0000
password000000 password007 password01 password1 password11 password111 password1111 password111111 password12
password123 password123! password123. password1234 password1234! password12345 password123456 password1234567
password12345678 password123456789 password1314 password2020 password2021 password2022 password2023 password2024
password2025 password2026 password520 password5201314 password521 password666 password6666 password666666
password888 password8888 password888888 password@123 password@1234 password@12345 password@123456 password@2023
password@2024 password@2025 password@2026 postgres!@# postgres!@#$ postgres#123 postgres#1234 postgres0
postgres000 postgres0000 postgres000000 postgres007 postgres01 postgres1 postgres11 postgres111 postgres1111
postgres111111 postgres12 postgres123 postgres123! postgres123. postgres1234 postgres1234! postgres12345
postgres123456 postgres1234567 postgres12345678 postgres123456789 postgres1314 postgres2020 postgres2021
postgres2022 postgres2023 postgres2024 postgres2025 postgres2026 postgres520 postgres5201314 postgres521
postgres666 postgres6666 postgres666666 postgres888 postgres8888 postgres888888 postgres@123 postgres@1234
postgres@12345 postgres@123456 postgres@2023 postgres@2024 postgres@2025 postgres@2026 princess!@# princess!@#$
princess#123 princess#1234 princess0 princess000 princess0000 princess000000 princess007 princess01 princess1
princess11 princess111 princess1111 princess111111 princess12 princess123 princess123! princess123. princess1234
princess1234! princess12345 princess123456 princess1234567 princess12345678 princess123456789 princess1314
princess2020 princess2021 princess2022 princess2023 princess2024 princess2025 princess2026 princess520
princess5201314 princess521 princess666 princess6666 princess666666 princess888 princess8888 princess888888
princess@123 princess@1234 princess@12345 princess@123456 princess@2023 princess@2024 princess@2025
princess@2026 q1234567 q12345678 q123456789 q1w2e3r4 q1w2e3r4t5 q5201314 q@123456 qazwsx123 qazwsxedc qiye!@#$
qiye#123 qiye#1234 qiye0000 qiye000000 qiye1111 qiye111111 qiye123! qiye123. qiye1234 qiye1234! qiye12345
qiye123456 qiye1234567 qiye12345678 qiye123456789 qiye1314 qiye2020 qiye2021 qiye2022 qiye2023 qiye2024 qiye2025
qiye2026 qiye5201314 qiye6666 qiye666666 qiye8888 qiye888888 qiye@123 qiye@1234 qiye@12345 qiye@123456 qiye@2023
qiye@2024 qiye@2025 qiye@2026 qq123456 qq123456789 qwe#1234 qwe000000 qwe111111 qwe1234! qwe12345 qwe123456
qwe1234567 qwe12345678 qwe123456789 qwe5201314 qwe666666 qwe888888 qwe@1234 qwe@12345 qwe@123456 qwe@2023
qwe@2024 qwe@2025 qwe@2026 qwer!@#$ qwer#123 qwer#1234 qwer0000 qwer000000 qwer1111 qwer111111 qwer123! qwer123.
qwer1234 qwer1234! qwer12345 qwer123456 qwer1234567 qwer12345678 qwer123456789 qwer1314 qwer2020 qwer2021
qwer2022 qwer2023 qwer2024 qwer2025 qwer2026 qwer5201314 qwer6666 qwer666666 qwer8888 qwer888888 qwer@123
qwer@1234 qwer@12345 qwer@123456 qwer@2023 qwer@2024 qwer@2025 qwer@2026 qwert!@# qwert!@#$ qwert#123 qwert#1234
qwert000 qwert0000 qwert000000 qwert007 qwert111 qwert1111 qwert111111 qwert123 qwert123! qwert123. qwert1234
qwert1234! qwert12345 qwert123456 qwert1234567 qwert12345678 qwert123456789 qwert1314 qwert2020 qwert2021
qwert2022 qwert2023 qwert2024 qwert2025 qwert2026 qwert520 qwert5201314 qwert521 qwert666 qwert6666 qwert666666
qwert888 qwert8888 qwert888888 qwert@123 qwert@1234 qwert@12345 qwert@123456 qwert@2023 qwert@2024 qwert@2025
qwert@2026 qwerty!@# qwerty!@#$ qwerty#123 qwerty#1234 qwerty000 qwerty0000 qwerty000000 qwerty007 qwerty01
qwerty11 qwerty111 qwerty1111 qwerty111111 qwerty12 qwerty123 qwerty123! qwerty123. qwerty1234 qwerty1234!
qwerty12345 qwerty123456 qwerty1234567 qwerty12345678 qwerty123456789 qwerty1314 qwerty2020 qwerty2021
qwerty2022 qwerty2023 qwerty2024 qwerty2025 qwerty2026 qwerty520 qwerty5201314 qwerty521 qwerty666 qwerty6666
qwerty666666 qwerty888 qwerty8888 qwerty888888 qwerty@123 qwerty@1234 qwerty@12345 qwerty@123456 qwerty@2023
qwerty@2024 qwerty@2025 qwerty@2026 qwertyu!@# qwertyu!@#$ qwertyu#123 qwertyu#1234 qwertyu0 qwertyu000
qwertyu0000 qwertyu000000 qwertyu007 qwertyu01 qwertyu1 qwertyu11 qwertyu111 qwertyu1111 qwertyu111111 qwertyu12
qwertyu123 qwertyu123! qwertyu123. qwertyu1234 qwertyu1234! qwertyu12345 qwertyu123456 qwertyu1234567
qwertyu12345678 qwertyu123456789 qwertyu1314 qwertyu2020 qwertyu2021 qwertyu2022 qwertyu2023 qwertyu2024
qwertyu2025 qwertyu2026 qwertyu520 qwertyu5201314 qwertyu521 qwertyu666 qwertyu6666 qwertyu666666 qwertyu888
qwertyu8888 qwertyu888888 qwertyu@123 qwertyu@1234 qwertyu@12345 qwertyu@123456 qwertyu@2023 qwertyu@2024
qwertyu@2025 qwertyu@2026 qwertyuiop redis!@# redis!@#$ redis#123 redis#1234 redis000 redis0000 redis000000
redis007 redis111 redis1111 redis111111 redis123 redis123! redis123. redis1234 redis1234! redis12345 redis123456
redis1234567 redis12345678 redis123456789 redis1314 redis2020 redis2021 redis2022 redis2023 redis2024 redis2025
redis2026 redis520 redis5201314 redis521 redis666 redis6666 redis666666 redis888 redis8888 redis888888 redis@123
redis@1234 redis@12345 redis@123456 redis@2023 redis@2024 redis@2025 redis@2026 root!@#$ root#123 root#1234
root0000 root000000 root1111 root111111 root123! root123. root1234 root1234! root12345 root123456 root1234567
root12345678 root123456789 root1314 root2020 root2021 root2022 root2023 root2024 root2025 root2026 root5201314
root6666 root666666 root8888 root888888 root@123 root@1234 root@12345 root@123456 root@2023 root@2024 root@2025
root@2026 samsung!@# samsung!@#$ samsung#123 samsung#1234 samsung0 samsung000 samsung0000 samsung000000
samsung007 samsung01 samsung1 samsung11 samsung111 samsung1111 samsung111111 samsung12 samsung123 samsung123!
samsung123. samsung1234 samsung1234! samsung12345 samsung123456 samsung1234567 samsung12345678 samsung123456789
samsung1314 samsung2020 samsung2021 samsung2022 samsung2023 samsung2024 samsung2025 samsung2026 samsung520
samsung5201314 samsung521 samsung666 samsung6666 samsung666666 samsung888 samsung8888 samsung888888 samsung@123
samsung@1234 samsung@12345 samsung@123456 samsung@2023 samsung@2024 samsung@2025 samsung@2026 secret!@#
secret!@#$ secret#123 secret#1234 secret000 secret0000 secret000000 secret007 secret01 secret11 secret111
secret1111 secret111111 secret12 secret123 secret123! secret123!@# secret123!@#$ secret123#123 secret123#1234
secret123. secret1230 secret123000 secret1230000 secret123000000 secret123007 secret12301 secret1231 secret12311
secret123111 secret1231111 secret123111111 secret12312 secret123123 secret123123! secret123123. secret1231234
secret1231234! secret12312345 secret123123456 secret1231234567 secret12312345678 secret123123456789
secret1231314 secret1232020 secret1232021 secret1232022 secret1232023 secret1232024 secret1232025 secret1232026
secret1234 secret1234! secret12345 secret123456 secret1234567 secret12345678 secret123456789 secret123520
secret1235201314 secret123521 secret123666 secret1236666 secret123666666 secret123888 secret1238888
secret123888888 secret123@123 secret123@1234 secret123@12345 secret123@123456 secret123@2023 secret123@2024
secret123@2025 secret123@2026 secret1314 secret2020 secret2021 secret2022 secret2023 secret2024 secret2025
secret2026 secret520 secret5201314 secret521 secret666 secret6666 secret666666 secret888 secret8888 secret888888
secret@123 secret@1234 secret@12345 secret@123456 secret@2023 secret@2024 secret@2025 secret@2026 server!@#
server!@#$ server#123 server#1234 server000 server0000 server000000 server007 server01 server11 server111
server1111 server111111 server12 server123 server123! server123. server1234 server1234! server12345 server123456
server1234567 server12345678 server123456789 server1314 server2020 server2021 server2022 server2023 server2024
server2025 server2026 server520 server5201314 server521 server666 server6666 server666666 server888 server8888
server888888 server@123 server@1234 server@12345 server@123456 server@2023 server@2024 server@2025 server@2026
shadow!@# shadow!@#$ shadow#123 shadow#1234 shadow000 shadow0000 shadow000000 shadow007 shadow01 shadow11
shadow111 shadow1111 shadow111111 shadow12 shadow123 shadow123! shadow123. shadow1234 shadow1234! shadow12345
shadow123456 shadow1234567 shadow12345678 shadow123456789 shadow1314 shadow2020 shadow2021 shadow2022 shadow2023
shadow2024 shadow2025 shadow2026 shadow520 shadow5201314 shadow521 shadow666 shadow6666 shadow666666 shadow888
shadow8888 shadow888888 shadow@123 shadow@1234 shadow@12345 shadow@123456 shadow@2023 shadow@2024 shadow@2025
shadow@2026 shanghai!@# shanghai!@#$ shanghai#123 shanghai#1234 shanghai0 shanghai000 shanghai0000
shanghai000000 shanghai007 shanghai01 shanghai1 shanghai11 shanghai111 shanghai1111 shanghai111111 shanghai12
shanghai123 shanghai123! shanghai123. shanghai1234 shanghai1234! shanghai12345 shanghai123456 shanghai1234567
shanghai12345678 shanghai123456789 shanghai1314 shanghai2020 shanghai2021 shanghai2022 shanghai2023 shanghai2024
shanghai2025 shanghai2026 shanghai520 shanghai5201314 shanghai521 shanghai666 shanghai6666 shanghai666666
shanghai888 shanghai8888 shanghai888888 shanghai@123 shanghai@1234 shanghai@12345 shanghai@123456 shanghai@2023
shanghai@2024 shanghai@2025 shanghai@2026 shenzhen!@# shenzhen!@#$ shenzhen#123 shenzhen#1234 shenzhen0
shenzhen000 shenzhen0000 shenzhen000000 shenzhen007 shenzhen01 shenzhen1 shenzhen11 shenzhen111 shenzhen1111
shenzhen111111 shenzhen12 shenzhen123 shenzhen123! shenzhen123. shenzhen1234 shenzhen1234! shenzhen12345
shenzhen123456 shenzhen1234567 shenzhen12345678 shenzhen123456789 shenzhen1314 shenzhen2020 shenzhen2021
shenzhen2022 shenzhen2023 shenzhen2024 shenzhen2025 shenzhen2026 shenzhen520 shenzhen5201314 shenzhen521
shenzhen666 shenzhen6666 shenzhen666666 shenzhen888 shenzhen8888 shenzhen888888 shenzhen@123 shenzhen@1234
shenzhen@12345 shenzhen@123456 shenzhen@2023 shenzhen@2024 shenzhen@2025 shenzhen@2026 sunshine!@# sunshine!@#$
sunshine#123 sunshine#1234 sunshine0 sunshine000 sunshine0000 sunshine000000 sunshine007 sunshine01 sunshine1
sunshine11 sunshine111 sunshine1111 sunshine111111 sunshine12 sunshine123 sunshine123! sunshine123. sunshine1234
sunshine1234! sunshine12345 sunshine123456 sunshine1234567 sunshine12345678 sunshine123456789 sunshine1314
sunshine2020 sunshine2021 sunshine2022 sunshine2023 sunshine2024 sunshine2025 sunshine2026 sunshine520
sunshine5201314 sunshine521 sunshine666 sunshine6666 sunshine666666 sunshine888 sunshine8888 sunshine888888
sunshine@123 sunshine@1234 sunshine@12345 sunshine@123456 sunshine@2023 sunshine@2024 sunshine@2025
sunshine@2026 superman!@# superman!@#$ superman#123 superman#1234 superman0 superman000 superman0000
superman000000 superman007 superman01 superman1 superman11 superman111 superman1111 superman111111 superman12
superman123 superman123! superman123. superman1234 superman1234! superman12345 superman123456 superman1234567
superman12345678 superman123456789 superman1314 superman2020 superman2021 superman2022 superman2023 superman2024
superman2025 superman2026 superman520 superman5201314 superman521 superman666 superman6666 superman666666
superman888 superman8888 superman888888 superman@123 superman@1234 superman@12345 superman@123456 superman@2023
superman@2024 superman@2025 superman@2026 system!@# system!@#$ system#123 system#1234 system000 system0000
system000000 system007 system01 system11 system111 system1111 system111111 system12 system123 system123!
system123. system1234 system1234! system12345 system123456 system1234567 system12345678 system123456789
system1314 system2020 system2021 system2022 system2023 system2024 system2025 system2026 system520 system5201314
system521 system666 system6666 system666666 system888 system8888 system888888 system@123 system@1234
system@12345 system@123456 system@2023 system@2024 system@2025 system@2026 tanxiao!@# tanxiao!@#$ tanxiao#123
tanxiao#1234 tanxiao0 tanxiao000 tanxiao0000 tanxiao000000 tanxiao007 tanxiao01 tanxiao1 tanxiao11 tanxiao111
tanxiao1111 tanxiao111111 tanxiao12 tanxiao123 tanxiao123! tanxiao123. tanxiao1234 tanxiao1234! tanxiao12345
tanxiao123456 tanxiao1234567 tanxiao12345678 tanxiao123456789 tanxiao1314 tanxiao2020 tanxiao2021 tanxiao2022
tanxiao2023 tanxiao2024 tanxiao2025 tanxiao2026 tanxiao520 tanxiao5201314 tanxiao521 tanxiao666 tanxiao6666
tanxiao666666 tanxiao888 tanxiao8888 tanxiao888888 tanxiao@123 tanxiao@1234 tanxiao@12345 tanxiao@123456
tanxiao@2023 tanxiao@2024 tanxiao@2025 tanxiao@2026 taobao!@# taobao!@#$ taobao#123 taobao#1234 taobao000
taobao0000 taobao000000 taobao007 taobao01 taobao11 taobao111 taobao1111 taobao111111 taobao12 taobao123
taobao123! taobao123. taobao1234 taobao1234! taobao12345 taobao123456 taobao1234567 taobao12345678
taobao123456789 taobao1314 taobao2020 taobao2021 taobao2022 taobao2023 taobao2024 taobao2025 taobao2026
taobao520 taobao5201314 taobao521 taobao666 taobao6666 taobao666666 taobao888 taobao8888 taobao888888 taobao@123
taobao@1234 taobao@12345 taobao@123456 taobao@2023 taobao@2024 taobao@2025 taobao@2026 tencent!@# tencent!@#$
tencent#123 tencent#1234 tencent0 tencent000 tencent0000 tencent000000 tencent007 tencent01 tencent1 tencent11
tencent111 tencent1111 tencent111111 tencent12 tencent123 tencent123! tencent123. tencent1234 tencent1234!
tencent12345 tencent123456 tencent1234567 tencent12345678 tencent123456789 tencent1314 tencent2020 tencent2021
tencent2022 tencent2023 tencent2024 tencent2025 tencent2026 tencent520 tencent5201314 tencent521 tencent666
tencent6666 tencent666666 tencent888 tencent8888 tencent888888 tencent@123 tencent@1234 tencent@12345
tencent@123456 tencent@2023 tencent@2024 tencent@2025 tencent@2026 test!@#$ test#123 test#1234 test0000
test000000 test1111 test111111 test123! test123. test1234 test1234! test1234!@# test1234!@#$ test1234#123
test1234#1234 test12340 test1234000 test12340000 test1234000000 test1234007 test123401 test12341 test123411
test1234111 test12341111 test1234111111 test123412 test1234123 test1234123! test1234123. test12341234
test12341234! test123412345 test1234123456 test12341234567 test123412345678 test1234123456789 test12341314
test12342020 test12342021 test12342022 test12342023 test12342024 test12342025 test12342026 test12345 test1234520
test12345201314 test1234521 test123456 test1234567 test12345678 test123456789 test1234666 test12346666
test1234666666 test1234888 test12348888 test1234888888 test1234@123 test1234@1234 test1234@12345 test1234@123456
test1234@2023 test1234@2024 test1234@2025 test1234@2026 test1314 test2020 test2021 test2022 test2023 test2024
test2025 test2026 test5201314 test6666 test666666 test8888 test888888 test@123 test@1234 test@12345 test@123456
test@2023 test@2024 test@2025 test@2026 trustno1!@# trustno1!@#$ trustno1#123 trustno1#1234 trustno10
trustno1000 trustno10000 trustno1000000 trustno1007 trustno101 trustno11 trustno111 trustno1111 trustno11111
trustno1111111 trustno112 trustno1123 trustno1123! trustno1123. trustno11234 trustno11234! trustno112345
trustno1123456 trustno11234567 trustno112345678 trustno1123456789 trustno11314 trustno12020 trustno12021
trustno12022 trustno12023 trustno12024 trustno12025 trustno12026 trustno1520 trustno15201314 trustno1521
trustno1666 trustno16666 trustno1666666 trustno1888 trustno18888 trustno1888888 trustno1@123 trustno1@1234
trustno1@12345 trustno1@123456 trustno1@2023 trustno1@2024 trustno1@2025 trustno1@2026 user!@#$ user#123
user#1234 user0000 user000000 user1111 user111111 user123! user123. user1234 user1234! user12345 user123456
user1234567 user12345678 user123456789 user1314 user2020 user2021 user2022 user2023 user2024 user2025 user2026
user5201314 user6666 user666666 user8888 user888888 user@123 user@1234 user@12345 user@123456 user@2023
user@2024 user@2025 user@2026 w1234567 w12345678 w123456789 w5201314 w@123456 wang!@#$ wang#123 wang#1234
wang0000 wang000000 wang1111 wang111111 wang123! wang123. wang1234 wang1234! wang12345 wang123456 wang1234567
wang12345678 wang123456789 wang1314 wang2020 wang2021 wang2022 wang2023 wang2024 wang2025 wang2026 wang5201314
wang6666 wang666666 wang8888 wang888888 wang@123 wang@1234 wang@12345 wang@123456 wang@2023 wang@2024 wang@2025
wang@2026 weixin!@# weixin!@#$ weixin#123 weixin#1234 weixin000 weixin0000 weixin000000 weixin007 weixin01
weixin11 weixin111 weixin1111 weixin111111 weixin12 weixin123 weixin123! weixin123. weixin1234 weixin1234!
weixin12345 weixin123456 weixin1234567 weixin12345678 weixin123456789 weixin1314 weixin2020 weixin2021
weixin2022 weixin2023 weixin2024 weixin2025 weixin2026 weixin520 weixin5201314 weixin521 weixin666 weixin6666
weixin666666 weixin888 weixin8888 weixin888888 weixin@123 weixin@1234 weixin@12345 weixin@123456 weixin@2023
weixin@2024 weixin@2025 weixin@2026 welcome!@# welcome!@#$ welcome#123 welcome#1234 welcome0 welcome000
welcome0000 welcome000000 welcome007 welcome01 welcome1 welcome11 welcome111 welcome1111 welcome111111 welcome12
welcome123 welcome123! welcome123. welcome1234 welcome1234! welcome12345 welcome123456 welcome1234567
welcome12345678 welcome123456789 welcome1314 welcome2020 welcome2021 welcome2022 welcome2023 welcome2024
welcome2025 welcome2026 welcome520 welcome5201314 welcome521 welcome666 welcome6666 welcome666666 welcome888
welcome8888 welcome888888 welcome@123 welcome@1234 welcome@12345 welcome@123456 welcome@2023 welcome@2024
welcome@2025 welcome@2026 woaini!@# woaini!@#$ woaini#123 woaini#1234 woaini000 woaini0000 woaini000000
woaini007 woaini01 woaini11 woaini111 woaini1111 woaini111111 woaini12 woaini123 woaini123! woaini123.
woaini1234 woaini1234! woaini12345 woaini123456 woaini1234567 woaini12345678 woaini123456789 woaini1314
woaini1314!@# woaini1314!@#$ woaini1314#123 woaini1314#1234 woaini13140 woaini1314000 woaini13140000
woaini1314000000 woaini1314007 woaini131401 woaini13141 woaini131411 woaini1314111 woaini13141111
woaini1314111111 woaini131412 woaini1314123 woaini1314123! woaini1314123. woaini13141234 woaini13141234!
woaini131412345 woaini1314123456 woaini13141234567 woaini131412345678 woaini1314123456789 woaini13141314
woaini13142020 woaini13142021 woaini13142022 woaini13142023 woaini13142024 woaini13142025 woaini13142026
woaini1314520 woaini13145201314 woaini1314521 woaini1314666 woaini13146666 woaini1314666666 woaini1314888
woaini13148888 woaini1314888888 woaini1314@123 woaini1314@1234 woaini1314@12345 woaini1314@123456
woaini1314@2023 woaini1314@2024 woaini1314@2025 woaini1314@2026 woaini2020 woaini2021 woaini2022 woaini2023
woaini2024 woaini2025 woaini2026 woaini520 woaini5201314 woaini521 woaini666 woaini6666 woaini666666 woaini888
woaini8888 woaini888888 woaini@123 woaini@1234 woaini@12345 woaini@123456 woaini@2023 woaini@2024 woaini@2025
woaini@2026 wodemima!@# wodemima!@#$ wodemima#123 wodemima#1234 wodemima0 wodemima000 wodemima0000
wodemima000000 wodemima007 wodemima01 wodemima1 wodemima11 wodemima111 wodemima1111 wodemima111111 wodemima12
wodemima123 wodemima123! wodemima123. wodemima1234 wodemima1234! wodemima12345 wodemima123456 wodemima1234567
wodemima12345678 wodemima123456789 wodemima1314 wodemima2020 wodemima2021 wodemima2022 wodemima2023 wodemima2024
wodemima2025 wodemima2026 wodemima520 wodemima5201314 wodemima521 wodemima666 wodemima6666 wodemima666666
wodemima888 wodemima8888 wodemima888888 wodemima@123 wodemima@1234 wodemima@12345 wodemima@123456 wodemima@2023
wodemima@2024 wodemima@2025 wodemima@2026 woshishui!@# woshishui!@#$ woshishui#123 woshishui#1234 woshishui0
woshishui000 woshishui0000 woshishui000000 woshishui007 woshishui01 woshishui1 woshishui11 woshishui111
woshishui1111 woshishui111111 woshishui12 woshishui123 woshishui123! woshishui123. woshishui1234 woshishui1234!
woshishui12345 woshishui123456 woshishui1234567 woshishui12345678 woshishui123456789 woshishui1314 woshishui2020
woshishui2021 woshishui2022 woshishui2023 woshishui2024 woshishui2025 woshishui2026 woshishui520
woshishui5201314 woshishui521 woshishui666 woshishui6666 woshishui666666 woshishui888 woshishui8888
woshishui888888 woshishui@123 woshishui@1234 woshishui@12345 woshishui@123456 woshishui@2023 woshishui@2024
woshishui@2025 woshishui@2026 wsx123456 x1234567 x12345678 x123456789 x5201314 x@123456 xiaomi!@# xiaomi!@#$
xiaomi#123 xiaomi#1234 xiaomi000 xiaomi0000 xiaomi000000 xiaomi007 xiaomi01 xiaomi11 xiaomi111 xiaomi1111
xiaomi111111 xiaomi12 xiaomi123 xiaomi123! xiaomi123. xiaomi1234 xiaomi1234! xiaomi12345 xiaomi123456
xiaomi1234567 xiaomi12345678 xiaomi123456789 xiaomi1314 xiaomi2020 xiaomi2021 xiaomi2022 xiaomi2023 xiaomi2024
xiaomi2025 xiaomi2026 xiaomi520 xiaomi5201314 xiaomi521 xiaomi666 xiaomi6666 xiaomi666666 xiaomi888 xiaomi8888
xiaomi888888 xiaomi@123 xiaomi@1234 xiaomi@12345 xiaomi@123456 xiaomi@2023 xiaomi@2024 xiaomi@2025 xiaomi@2026
xiaoming!@# xiaoming!@#$ xiaoming#123 xiaoming#1234 xiaoming0 xiaoming000 xiaoming0000 xiaoming000000
xiaoming007 xiaoming01 xiaoming1 xiaoming11 xiaoming111 xiaoming1111 xiaoming111111 xiaoming12 xiaoming123
xiaoming123! xiaoming123. xiaoming1234 xiaoming1234! xiaoming12345 xiaoming123456 xiaoming1234567
xiaoming12345678 xiaoming123456789 xiaoming1314 xiaoming2020 xiaoming2021 xiaoming2022 xiaoming2023 xiaoming2024
xiaoming2025 xiaoming2026 xiaoming520 xiaoming5201314 xiaoming521 xiaoming666 xiaoming6666 xiaoming666666
xiaoming888 xiaoming8888 xiaoming888888 xiaoming@123 xiaoming@1234 xiaoming@12345 xiaoming@123456 xiaoming@2023
xiaoming@2024 xiaoming@2025 xiaoming@2026 yang!@#$ yang#123 yang#1234 yang0000 yang000000 yang1111 yang111111
yang123! yang123. yang1234 yang1234! yang12345 yang123456 yang1234567 yang12345678 yang123456789 yang1314
yang2020 yang2021 yang2022 yang2023 yang2024 yang2025 yang2026 yang5201314 yang6666 yang666666 yang8888
yang888888 yang@123 yang@1234 yang@12345 yang@123456 yang@2023 yang@2024 yang@2025 yang@2026 z1234567 z12345678
z123456789 z5201314 z@123456 zaq12wsx zhang!@# zhang!@#$ zhang#123 zhang#1234 zhang000 zhang0000 zhang000000
zhang007 zhang111 zhang1111 zhang111111 zhang123 zhang123! zhang123. zhang1234 zhang1234! zhang12345 zhang123456
zhang1234567 zhang12345678 zhang123456789 zhang1314 zhang2020 zhang2021 zhang2022 zhang2023 zhang2024 zhang2025
zhang2026 zhang520 zhang5201314 zhang521 zhang666 zhang6666 zhang666666 zhang888 zhang8888 zhang888888 zhang@123
zhang@1234 zhang@12345 zhang@123456 zhang@2023 zhang@2024 zhang@2025 zhang@2026 zhao!@#$ zhao#123 zhao#1234
zhao0000 zhao000000 zhao1111 zhao111111 zhao123! zhao123. zhao1234 zhao1234! zhao12345 zhao123456 zhao1234567
zhao12345678 zhao123456789 zhao1314 zhao2020 zhao2021 zhao2022 zhao2023 zhao2024 zhao2025 zhao2026 zhao5201314
zhao6666 zhao666666 zhao8888 zhao888888 zhao@123 zhao@1234 zhao@12345 zhao@123456 zhao@2023 zhao@2024 zhao@2025
zhao@2026 zhongguo!@# zhongguo!@#$ zhongguo#123 zhongguo#1234 zhongguo0 zhongguo000 zhongguo0000 zhongguo000000
zhongguo007 zhongguo01 zhongguo1 zhongguo11 zhongguo111 zhongguo1111 zhongguo111111 zhongguo12 zhongguo123
zhongguo123! zhongguo123. zhongguo1234 zhongguo1234! zhongguo12345 zhongguo123456 zhongguo1234567
zhongguo12345678 zhongguo123456789 zhongguo1314 zhongguo2020 zhongguo2021 zhongguo2022 zhongguo2023 zhongguo2024
zhongguo2025 zhongguo2026 zhongguo520 zhongguo5201314 zhongguo521 zhongguo666 zhongguo6666 zhongguo666666
zhongguo888 zhongguo8888 zhongguo888888 zhongguo@123 zhongguo@1234 zhongguo@12345 zhongguo@123456 zhongguo@2023
zhongguo@2024 zhongguo@2025 zhongguo@2026 zxcv!@#$ zxcv#123 zxcv#1234 zxcv0000 zxcv000000 zxcv1111 zxcv111111
zxcv123! zxcv123. zxcv1234 zxcv1234! zxcv12345 zxcv123456 zxcv1234567 zxcv12345678 zxcv123456789 zxcv1314
zxcv2020 zxcv2021 zxcv2022 zxcv2023 zxcv2024 zxcv2025 zxcv2026 zxcv5201314 zxcv6666 zxcv666666 zxcv8888
zxcv888888 zxcv@123 zxcv@1234 zxcv@12345 zxcv@123456 zxcv@2023 zxcv@2024 zxcv@2025 zxcv@2026 zxcvbn!@#
zxcvbn!@#$ zxcvbn#123 zxcvbn#1234 zxcvbn000 zxcvbn0000 zxcvbn000000 zxcvbn007 zxcvbn01 zxcvbn11 zxcvbn111
zxcvbn1111 zxcvbn111111 zxcvbn12 zxcvbn123 zxcvbn123! zxcvbn123. zxcvbn1234 zxcvbn1234! zxcvbn12345 zxcvbn123456
zxcvbn1234567 zxcvbn12345678 zxcvbn123456789 zxcvbn1314 zxcvbn2020 zxcvbn2021 zxcvbn2022 zxcvbn2023 zxcvbn2024
zxcvbn2025 zxcvbn2026 zxcvbn520 zxcvbn5201314 zxcvbn521 zxcvbn666 zxcvbn6666 zxcvbn666666 zxcvbn888 zxcvbn8888
zxcvbn888888 zxcvbn@123 zxcvbn@1234 zxcvbn@12345 zxcvbn@123456 zxcvbn@2023 zxcvbn@2024 zxcvbn@2025 zxcvbn@2026
zxcvbnm123 passw0rd passw0rd1 passw0rd! passw0rd123 p@ssw0rd p@ssw0rd1 p@ssw0rd! p@ssw0rd123 p@ssword p@ssword1
p@ssword123 pa55word pa55w0rd pa$$word pa$$w0rd adm1n123 adm1nistrator we1come1 welc0me1 l0vey0u1 qw3rty12 iloveyou1
"""

COMMON = frozenset(_WORDS.split())

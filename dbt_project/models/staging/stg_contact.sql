{{ stage('contact', person_fields()) }}
